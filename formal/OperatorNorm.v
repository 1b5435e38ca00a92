(* Operator norms as a predicate: opb M c says 0 <= c and |M v| <= c |v| for all v. The triangle inequality,
   products, transposes, and what they do to Frobenius norms. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct FrobeniusNorm Alignment.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Definition opb (R : realFieldType) m n (M : 'M[R]_(m, n)) (c : R) : Prop :=
  0 <= c /\ forall v : 'cV[R]_n, nrm2 (M *m v) <= c ^+ 2 * nrm2 v.

Section Op.
Variable R : realFieldType.

Section M.
Variables m n : nat.
Implicit Types M N : 'M[R]_(m, n).

Lemma opbD M N a b : opb M a -> opb N b -> opb (M + N) (a + b).
Proof.
move=> [a0 ha] [b0 hb]; split=> [|v]; first exact: addr_ge0.
by rewrite mulmxDl; apply: nrm_tri => //; apply: nrm2_ge0.
Qed.
Lemma opbN M a : opb M a -> opb (- M) a.
Proof. by move=> [a0 ha]; split=> // v; rewrite mulNmx nrm2N. Qed.
Lemma opbB M N a b : opb M a -> opb N b -> opb (M - N) (a + b).
Proof. by move=> ha hb; apply: opbD => //; apply: opbN. Qed.
Lemma opbZ M a c : 0 <= c -> opb M a -> opb (c *: M) (c * a).
Proof.
move=> c0 [a0 ha]; split=> [|v]; first exact: mulr_ge0.
rewrite -scalemxAl nrm2Z exprMn -(mulrA (c ^+ 2)); apply: ler_wpmul2l => //; exact: sqr_ge0.
Qed.
Lemma opb_le M a b : a <= b -> opb M a -> opb M b.
Proof.
move=> ab [a0 ha]; split=> [|v]; first exact: le_trans ab.
apply: le_trans (ha v) _; apply: ler_wpmul2r; first exact: nrm2_ge0.
by apply: ler_expn2r => //; rewrite nnegrE // (le_trans a0).
Qed.
Lemma opb_eq M a b : a = b -> opb M a -> opb M b. Proof. by move=> ->. Qed.

(* v^T M^T bound : |M^T v|^2 = <M M^T v, v> <= |M M^T v| |v| *)
Lemma opb_tr M a : opb M a -> opb M^T a.
Proof.
move=> [a0 ha]; split=> // v; rewrite nrm2E; set t := dot _ _.
have t0 : 0 <= t by apply: dot_ge0.
have e : t = dot (M *m (M^T *m v)) v by rewrite /t [RHS]dot_adj.
have h : t ^+ 2 <= a ^+ 2 * t * dot v v.
  rewrite {1}e; apply: le_trans (CS _ _) _.
  by apply: ler_wpmul2r; [apply: dot_ge0 | apply: (ha (M^T *m v))].
have [tp|] := ltP 0 t; last first.
  by move=> h0; apply: le_trans h0 _; rewrite mulr_ge0 ?sqr_ge0 ?nrm2_ge0.
by rewrite -(ler_pmul2l tp) -expr2 (le_trans h) // mulrAC mulrC.
Qed.
End M.

Lemma opbM m n q (M : 'M[R]_(m, n)) (N : 'M[R]_(n, q)) a b :
  opb M a -> opb N b -> opb (M *m N) (a * b).
Proof.
move=> [a0 ha] [b0 hb]; split=> [|v]; first exact: mulr_ge0.
rewrite -mulmxA; apply: le_trans (ha _) _.
by rewrite exprMn -(mulrA (a ^+ 2)); apply: ler_wpmul2l => //; exact: sqr_ge0.
Qed.
Lemma opb1 n : opb (1%:M : 'M[R]_n) 1.
Proof. by split=> [|v]; rewrite ?ler01 // mul1mx expr1n mul1r. Qed.
Lemma opb_St m n (X : 'M[R]_(m, n)) : X^T *m X = 1%:M -> opb X 1.
Proof.
move=> XX; split=> [|v]; first exact: ler01.
by rewrite expr1n mul1r !nrm2E dot_adj mulmxA XX mul1mx.
Qed.
Lemma opb_Q m n (X : 'M[R]_(m, n)) : X^T *m X = 1%:M -> opb (1%:M - X *m X^T) 1.
Proof.
move=> XX; split=> [|v]; first exact: ler01.
by rewrite expr1n mul1r !nrm2E Qcontr // ler_subl_addr ler_addl dot_ge0.
Qed.

(* Frobenius norm *)
Lemma fro2_nrm m n (M : 'M[R]_(m, n)) : fro2 M = nrm2 (mxvec M)^T.
Proof.
rewrite /fro2 pair_bigA /= nrm2E dotE (reindex _ (curry_mxvec_bij m n)).
by apply: eq_bigr => -[i j] _; rewrite !mxE mxvecE expr2.
Qed.
Lemma fro2_tri m n (M N : 'M[R]_(m, n)) a b : 0 <= a -> 0 <= b ->
  fro2 M <= a ^+ 2 -> fro2 N <= b ^+ 2 -> fro2 (M + N) <= (a + b) ^+ 2.
Proof.
move=> a0 b0 ha hb; rewrite fro2_nrm !linearD /= -[leRHS]mulr1.
by apply: nrm_tri; rewrite ?ler01 // -fro2_nrm mulr1.
Qed.
Lemma fro2N m n (M : 'M[R]_(m, n)) : fro2 (- M) = fro2 M.
Proof. by rewrite !fro2_nrm !linearN /= nrm2N. Qed.
Lemma fro2T m n (M : 'M[R]_(m, n)) : fro2 M^T = fro2 M.
Proof.
rewrite /fro2 exchange_big; apply: eq_bigr => i _; apply: eq_bigr => j _.
by rewrite mxE.
Qed.
Lemma fro2_col m n (M : 'M[R]_(m, n)) : fro2 M = \sum_j nrm2 (col j M).
Proof.
rewrite /fro2 exchange_big; apply: eq_bigr => j _; rewrite nrm2E dotE.
by apply: eq_bigr => i _; rewrite !mxE expr2.
Qed.
Lemma fro2_opl m n q (M : 'M[R]_(m, n)) (N : 'M[R]_(n, q)) a :
  opb M a -> fro2 (M *m N) <= a ^+ 2 * fro2 N.
Proof.
move=> [a0 ha]; rewrite !fro2_col mulr_sumr; apply: ler_sum => j _.
by rewrite !colE -mulmxA; apply: ha.
Qed.
Lemma fro2_opr m n q (M : 'M[R]_(m, n)) (N : 'M[R]_(n, q)) a :
  opb N a -> fro2 (M *m N) <= a ^+ 2 * fro2 M.
Proof.
move=> ha; rewrite -fro2T trmx_mul -(fro2T M).
by apply: fro2_opl; apply: opb_tr.
Qed.
Lemma fro2_op m n (M : 'M[R]_(m, n)) a : 0 <= a -> fro2 M <= a ^+ 2 -> opb M a.
Proof.
move=> a0 h; split=> // v.
apply: le_trans (_ : fro2 M * nrm2 v <= _); last by apply: ler_wpmul2r => //; exact: nrm2_ge0.
rewrite nrm2E dotE /fro2 mulr_suml; apply: ler_sum => i _.
have := CS (row i M)^T v.
have -> : dot (row i M)^T v = (M *m v) i 0.
  by rewrite /dot trmxK mxE [RHS]mxE; apply: eq_bigr => j _; rewrite !mxE.
have -> : dot (row i M)^T (row i M)^T = \sum_j M i j ^+ 2.
  by rewrite dotE; apply: eq_bigr => j _; rewrite !mxE expr2.
by rewrite expr2.
Qed.
End Op.
