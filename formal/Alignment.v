(* The target A = U Sigma U^T and the alignment S = U^T X X^T U of a point X of the Stiefel manifold with it: sk <=
   Sigma <= s1, 0 <= S <= 1, Bessel's inequality, and the vector q with U^T X q = w and |q|^2 = w^T S^(-1) w. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Contraction.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Alignment.
Variables (R : realFieldType) (m r k : nat).
Variables (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (sk s1 : R).
Hypothesis UU : U^T *m U = 1%:M.
Hypothesis sk0 : 0 < sk.
Hypothesis s10 : 0 < s1.
Hypothesis siglo : forall i, sk <= sig 0 i.
Hypothesis sighi : forall i, sig 0 i <= s1.

Notation Sg := (diag_mx sig).
Notation A := (target U sig).
Notation ov := (alignment U).

Lemma target_sym : A^T = A.
Proof. by rewrite /target !trmx_mul trmxK tr_diag_mx mulmxA. Qed.

Lemma diagE (w : 'cV[R]_k) i : (Sg *m w) i 0 = sig 0 i * w i 0.
Proof. by rewrite mul_diag_mx mxE. Qed.

Lemma Sg_lo (w : 'cV[R]_k) : sk ^+ 2 * nrm2 w <= nrm2 (Sg *m w).
Proof.
rewrite !nrm2E !dotE mulr_sumr; apply: ler_sum => i _.
rewrite !diagE.
have -> : sig 0 i * w i 0 * (sig 0 i * w i 0) = sig 0 i ^+ 2 * (w i 0 * w i 0) by ring.
apply: ler_wpmul2r; first by rewrite -expr2 sqr_ge0.
by apply: ler_expn2r; rewrite ?nnegrE ?(ltW sk0) ?(le_trans (ltW sk0) (siglo i)) ?siglo.
Qed.

Lemma Sg_hi (w : 'cV[R]_k) : nrm2 (Sg *m w) <= s1 ^+ 2 * nrm2 w.
Proof.
rewrite !nrm2E !dotE mulr_sumr; apply: ler_sum => i _.
rewrite !diagE.
have -> : sig 0 i * w i 0 * (sig 0 i * w i 0) = sig 0 i ^+ 2 * (w i 0 * w i 0) by ring.
apply: ler_wpmul2r; first by rewrite -expr2 sqr_ge0.
by apply: ler_expn2r; rewrite ?nnegrE ?(ltW s10) ?(le_trans (ltW sk0) (siglo i)) ?sighi.
Qed.

Lemma ov_sym (X : 'M[R]_(m, r)) : (ov X)^T = ov X.
Proof. by rewrite /alignment trmx_mul trmxK. Qed.

Lemma qov (X : 'M[R]_(m, r)) w : qf (ov X) w = nrm2 (X^T *m (U *m w)).
Proof.
have -> : X^T *m (U *m w) = (U^T *m X)^T *m w by rewrite trmx_mul trmxK mulmxA.
by rewrite nrm2E dot_adj trmxK mulmxA qfE.
Qed.

Lemma nrmU w : nrm2 (U *m w) = nrm2 w.
Proof. by rewrite !nrm2E dot_adj mulmxA UU mul1mx. Qed.

Lemma bessel (X : 'M[R]_(m, r)) z : X^T *m X = 1%:M -> nrm2 (X^T *m z) <= nrm2 z.
Proof.
move=> XX; rewrite -subr_ge0.
have := dot_ge0 (z - X *m (X^T *m z)); congr (0 <= _).
rewrite !nrm2E dotDl !dotDr !dotNl !dotNr.
have e1 : dot z (X *m (X^T *m z)) = dot (X^T *m z) (X^T *m z).
  by rewrite dot_adj trmxK.
rewrite [dot (X *m _) z]dotC e1 [dot (X *m _) _]dot_adj (mulmxA X^T X) XX mul1mx.
by ring.
Qed.

Lemma ov_hi (X : 'M[R]_(m, r)) w : X^T *m X = 1%:M -> qf (ov X) w <= nrm2 w.
Proof. by move=> XX; rewrite qov -(nrmU w); apply: bessel. Qed.

Section Point.
Variables (X : 'M[R]_(m, r)) (l : R).
Hypothesis XX : X^T *m X = 1%:M.
Hypothesis l0 : 0 < l.
Hypothesis Xl : lambda_min_ge U X l.
Notation S := (ov X).
Notation Q := (1%:M - X *m X^T).

(* Q = I - X X^T is an orthogonal projection, and |Q U a|^2 = a^T (1 - S) a *)
Lemma Qcontr (v : 'cV[R]_m) : dot (Q *m v) (Q *m v) = dot v v - dot (X^T *m v) (X^T *m v).
Proof.
rewrite mulmxBl mul1mx -mulmxA dotDl !dotDr !dotNl !dotNr.
have e1 : dot v (X *m (X^T *m v)) = dot (X^T *m v) (X^T *m v) by rewrite dot_adj trmxK.
rewrite [dot (X *m _) v]dotC e1 [dot (X *m _) _]dot_adj (mulmxA X^T X) XX mul1mx.
by ring.
Qed.

Lemma QUE (a : 'cV[R]_k) : dot (Q *m (U *m a)) (Q *m (U *m a)) = dot a a - dot a (S *m a).
Proof. by rewrite Qcontr -!nrm2E -qov nrmU qfE. Qed.

Lemma foldS p (Z : 'M[R]_(p, k)) : Z *m U^T *m X *m X^T *m U = Z *m S.
Proof. by rewrite /alignment trmx_mul trmxK !mulmxA. Qed.

Lemma Sunit : S \in unitmx.
Proof. exact: S_unit (ov_sym X) Xl l0. Qed.

(* q = Phi^T S^(-1) w: the vector with U^T X q = w of least norm *)
Definition qv (w : 'cV[R]_k) : 'cV[R]_r := X^T *m (U *m (invmx S *m w)).

Lemma UXq w : U^T *m (X *m qv w) = w.
Proof.
rewrite /qv !mulmxA -{1}[U^T]mul1mx foldS mul1mx.
by rewrite mulmxV ?Sunit // mul1mx.
Qed.

Lemma nq w : nrm2 (qv w) = qf (invmx S) w.
Proof.
rewrite /qv -qov !qfE mulmxA mulmxV ?Sunit // mul1mx dotC.
by [].
Qed.

End Point.

End Alignment.
