(* Vectors: the inner product, the Cauchy-Schwarz inequality from scratch, and small lemmas on squares. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* nonnegativity of a sum of products of things known to be nonnegative *)
Ltac pos := solve [exact: sqr_ge0 | by rewrite ?invr_ge0 ler0n | exact: ler01 | assumption
  | apply: ltW; assumption | rewrite invr_ge0; pos | apply: mulr_ge0; pos | apply: addr_ge0; pos].

(* <u, v> *)
Definition dot (R : realFieldType) n (u v : 'cV[R]_n) : R := (u^T *m v) 0 0.

Section Dot.
Variable R : realFieldType.

Section N.
Variable n : nat.
Implicit Types u v w : 'cV[R]_n.

Lemma nrm2E w : nrm2 w = dot w w. Proof. by []. Qed.
Lemma qfE (A : 'M[R]_n) w : qf A w = dot w (A *m w).
Proof. by rewrite /qf /dot mulmxA. Qed.
Lemma dotE u v : dot u v = \sum_i u i 0 * v i 0.
Proof. by rewrite /dot mxE; apply: eq_bigr => i _; rewrite mxE. Qed.
Lemma dotC u v : dot u v = dot v u.
Proof. by rewrite !dotE; apply: eq_bigr => i _; rewrite mulrC. Qed.
Lemma dotDr u v w : dot u (v + w) = dot u v + dot u w.
Proof. by rewrite /dot mulmxDr mxE. Qed.
Lemma dotDl u v w : dot (u + v) w = dot u w + dot v w.
Proof. by rewrite dotC dotDr !(dotC w). Qed.
Lemma dotZr c u v : dot u (c *: v) = c * dot u v.
Proof. by rewrite /dot -scalemxAr mxE. Qed.
Lemma dotZl c u v : dot (c *: u) v = c * dot u v.
Proof. by rewrite dotC dotZr dotC. Qed.
Lemma dotNr u v : dot u (- v) = - dot u v.
Proof. by rewrite -scaleN1r dotZr mulN1r. Qed.
Lemma dotNl u v : dot (- u) v = - dot u v.
Proof. by rewrite dotC dotNr dotC. Qed.
Lemma dot_ge0 u : 0 <= dot u u.
Proof. by rewrite dotE; apply: sumr_ge0 => i _; rewrite -expr2 sqr_ge0. Qed.
Lemma dot_eq0 u : (dot u u == 0) = (u == 0).
Proof.
apply/idP/idP => [|/eqP->]; last by rewrite /dot mulmx0 mxE.
rewrite dotE psumr_eq0 => [/allP h|i _]; last by rewrite -expr2 sqr_ge0.
apply/eqP/matrixP => i j; rewrite (ord1 j) mxE.
have := h i; rewrite mem_index_enum => /(_ isT).
by rewrite mulf_eq0 orbb => /eqP.
Qed.
Lemma dot_gt0 u : u != 0 -> 0 < dot u u.
Proof. by move=> h; rewrite lt_def dot_eq0 h dot_ge0. Qed.

(* Cauchy-Schwarz *)
Lemma CS u v : dot u v ^+ 2 <= dot u u * dot v v.
Proof.
have [->|v0] := eqVneq v 0.
  by rewrite /dot !mulmx0 !mxE expr0n mulr0.
have vp := dot_gt0 v0.
have h := dot_ge0 (dot v v *: u - dot u v *: v).
have e : dot (dot v v *: u - dot u v *: v) (dot v v *: u - dot u v *: v)
   = dot v v * (dot u u * dot v v - dot u v ^+ 2).
  rewrite !(dotDl, dotDr, dotNl, dotNr, dotZl, dotZr) (dotC v u); ring.
by move: h; rewrite e pmulr_rge0 // subr_ge0.
Qed.
End N.

Lemma dot_adj m n (A : 'M[R]_(m, n)) u v : dot (A *m u) v = dot u (A^T *m v).
Proof. by rewrite /dot trmx_mul mulmxA. Qed.

End Dot.

Lemma mulmxZr (R : realFieldType) m n q (A : 'M[R]_(m, n)) (c : R) (u : 'M[R]_(n, q)) :
  A *m (c *: u) = c *: (A *m u).
Proof. by rewrite -scalemxAr. Qed.

Definition dotlin := (dotDl, dotDr, dotNl, dotNr, dotZl, dotZr).

Lemma dot_add2 (R : realFieldType) n (x z : 'cV[R]_n) c :
  dot (x + c *: z) (x + c *: z) = dot x x + 2%:R * c * dot x z + c ^+ 2 * dot z z.
Proof. by rewrite !dotlin (dotC z x); ring. Qed.
Lemma dot_sub2 (R : realFieldType) n (x z : 'cV[R]_n) c :
  dot (x - c *: z) (x - c *: z) = dot x x - 2%:R * c * dot x z + c ^+ 2 * dot z z.
Proof. by rewrite !dotlin (dotC z x); ring. Qed.

Lemma nrm2N (R : realFieldType) n (u : 'cV[R]_n) : nrm2 (- u) = nrm2 u.
Proof. by rewrite !nrm2E dotNl dotNr opprK. Qed.
Lemma nrm2Z (R : realFieldType) n c (u : 'cV[R]_n) : nrm2 (c *: u) = c ^+ 2 * nrm2 u.
Proof. by rewrite !nrm2E dotZl dotZr mulrA expr2. Qed.
Lemma nrm2_ge0 (R : realFieldType) n (u : 'cV[R]_n) : 0 <= nrm2 u.
Proof. exact: dot_ge0. Qed.

Section Bounds.
Variable R : realFieldType.

Lemma le_sq (a b : R) : 0 <= b -> a ^+ 2 <= b ^+ 2 -> a <= b.
Proof.
move=> b0 h; case: (leP a b) => // ab; have a0 := le_lt_trans b0 ab.
have : b ^+ 2 < a ^+ 2 by rewrite ltr_pexpn2r // nnegrE // ltW.
by rewrite ltNge h.
Qed.

(* |<u,v>| <= c when |u|^2 <= a, |v|^2 <= b, a b <= c^2 *)
Lemma cs_le n (u v : 'cV[R]_n) (a b c : R) :
  dot u u <= a -> dot v v <= b -> a * b <= c ^+ 2 -> 0 <= c -> dot u v <= c.
Proof.
move=> ha hb hc c0; apply: le_sq => //; apply: le_trans (CS u v) _.
apply: le_trans hc; apply: ler_pmul => //; exact: dot_ge0.
Qed.

Lemma nrm_tri n (u v : 'cV[R]_n) (a b c : R) : 0 <= a -> 0 <= b -> 0 <= c ->
  nrm2 u <= a ^+ 2 * c -> nrm2 v <= b ^+ 2 * c -> nrm2 (u + v) <= (a + b) ^+ 2 * c.
Proof.
move=> a0 b0 c0 hu hv; rewrite !nrm2E in hu hv *.
have h : dot u v <= a * b * c.
  apply: (cs_le hu hv); last by rewrite !mulr_ge0.
  by rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
rewrite dotDl !dotDr (dotC v u); rewrite -subr_ge0 in h.
rewrite -subr_ge0 in hu; rewrite -subr_ge0 in hv; rewrite -subr_ge0.
have := addr_ge0 (addr_ge0 hu hv) (mulr_ge0 (ler0n R 2) h); congr (0 <= _); ring.
Qed.

(* a quadratic polynomial without sign change *)
Lemma quad (x b y : R) : 0 <= x ->
  (forall c, 0 <= x * c ^+ 2 - 2%:R * b * c + y) -> b ^+ 2 <= x * y.
Proof.
move=> x0 h; case: (eqVneq x 0) => [xe|xn].
  have [->|bn] := eqVneq b 0; first by rewrite expr0n xe mul0r.
  have := h ((y + 1) / (2%:R * b)).
  rewrite xe (_ : _ + y = -1); last by field.
  by rewrite oppr_ge0 ler10.
have xp : 0 < x by rewrite lt_def xn x0.
rewrite -subr_ge0; have := mulr_ge0 x0 (h (b / x)); congr (0 <= _).
by field.
Qed.
End Bounds.

(* an injective square matrix is invertible *)
Lemma inj_unit (R : realFieldType) n (B : 'M[R]_n) :
  (forall w : 'cV[R]_n, B *m w = 0 -> w = 0) -> B \in unitmx.
Proof.
move=> inj; rewrite -unitmx_tr -row_free_unit -kermx_eq0.
apply/eqP/row_matrixP => i; rewrite row0.
set x := row i _.
have xB : x *m B^T = 0 by apply/sub_kermxP; rewrite row_sub.
have : x^T = 0 by apply: inj; rewrite -[B]trmxK -trmx_mul xB trmx0.
by move/(congr1 trmx); rewrite trmxK trmx0.
Qed.
