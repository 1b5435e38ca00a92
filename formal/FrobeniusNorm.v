(* The Frobenius norm and inner product: <Y, Z> = tr(Y Z^T), Pythagoras, invariance under X C X^T with X^T X = I. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Frobenius.
Variable R : realFieldType.

Lemma fro2E p q (Z : 'M[R]_(p, q)) : fro2 Z = \tr (Z *m Z^T).
Proof.
rewrite /fro2 /mxtrace; apply: eq_bigr => i _; rewrite mxE.
by apply: eq_bigr => j _; rewrite mxE expr2.
Qed.

Lemma fro2_ge0 p q (Z : 'M[R]_(p, q)) : 0 <= fro2 Z.
Proof. by do 2! [apply: sumr_ge0 => ? _]; apply: sqr_ge0. Qed.

Lemma fro2_add m n (M N : 'M[R]_(m, n)) : fro2 (M + N) = fro2 M + 2%:R * \tr (M *m N^T) + fro2 N.
Proof.
rewrite !fro2E linearD /= mulmxDl !mulmxDr !linearD /=.
have -> : \tr (N *m M^T) = \tr (M *m N^T) by rewrite -mxtrace_tr trmx_mul trmxK.
by ring.
Qed.
Lemma fro2_St m n (X : 'M[R]_(m, n)) (C : 'M[R]_n) : X^T *m X = 1%:M ->
  fro2 (X *m C *m X^T) = fro2 C.
Proof.
move=> XX; rewrite !fro2E !trmx_mul trmxK -!mulmxA (mulmxA X^T X) XX mul1mx.
by rewrite mxtrace_mulC -!mulmxA XX mulmx1.
Qed.
Lemma ipC m n (M N : 'M[R]_(m, n)) : ip M N = ip N M.
Proof. by rewrite /ip -mxtrace_tr trmx_mul trmxK. Qed.
Lemma ipDl m n (M N P : 'M[R]_(m, n)) : ip (M + N) P = ip M P + ip N P.
Proof. by rewrite /ip mulmxDl linearD. Qed.
Lemma ipZl m n c (M P : 'M[R]_(m, n)) : ip (c *: M) P = c * ip M P.
Proof. by rewrite /ip -scalemxAl linearZ. Qed.
Lemma ipNl m n (M P : 'M[R]_(m, n)) : ip (- M) P = - ip M P.
Proof. by rewrite /ip mulNmx linearN. Qed.
Lemma ipDr m n (M N P : 'M[R]_(m, n)) : ip P (M + N) = ip P M + ip P N.
Proof. by rewrite ipC ipDl !(ipC _ P). Qed.
Lemma ipZr m n c (M P : 'M[R]_(m, n)) : ip P (c *: M) = c * ip P M.
Proof. by rewrite ipC ipZl ipC. Qed.
Lemma ip_fro m n (M : 'M[R]_(m, n)) : ip M M = fro2 M.
Proof. by rewrite fro2E. Qed.
Lemma fro2_lin m n c (Z W : 'M[R]_(m, n)) :
  fro2 (Z + c *: W) = fro2 Z + 2%:R * c * ip Z W + c ^+ 2 * fro2 W.
Proof. by rewrite -!ip_fro !(ipDl, ipDr, ipZl, ipZr) (ipC W Z); ring. Qed.

End Frobenius.
