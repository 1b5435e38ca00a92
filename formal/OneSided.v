(* Theorem Q: one-sided weight normalization in the population, A = U Sigma V^T rectangular. A step of the free
   factor is exact, the direction is horizontal with the constant M = Sigma^2 in the sense of HorizontalStep.v, and
   M >= sk^2 instead of l sk^2: the loss goes to zero linearly from the first step, without burn-in. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Contraction CoreInequality ReducedRate Alignment HorizontalStep
  FrobeniusNorm Residual PopulationConvergence.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section OneSided.
Variables (R : realFieldType) (m n r k : nat).
Variables (U : 'M[R]_(m, k)) (V : 'M[R]_(n, k)) (sig : 'rV[R]_k) (sk s1 eta : R).
Notation A := (rectangular_target U V sig).
Notation Sg := (diag_mx sig).
Notation M := (Sg *m Sg).
Notation ov := (alignment U).

(* the free step of size 1 is exact, whatever G was *)
Lemma free_step_exact (X : 'M[R]_(m, r)) (G : 'M[R]_(n, r)) : X^T *m X = 1%:M -> free_step U V sig X G = A^T *m X.
Proof.
move=> XX; rewrite /free_step; move: (A) => B; rewrite linearB /= trmx_mul trmxK mulmxBl -mulmxA XX mulmx1.
by rewrite opprB addrC subrK.
Qed.

(* at G = A^T X the direction is horizontal: -(I - X X^T) A A^T X *)
Lemma one_sided_direction (X : 'M[R]_(m, r)) : X^T *m X = 1%:M ->
  tangent_projection X ((X *m (A^T *m X)^T - A) *m (A^T *m X)) = - ((1%:M - X *m X^T) *m (A *m (A^T *m X))).
Proof.
move=> XX; move: (A) => B.
have e : (X *m (B^T *m X)^T - B) *m (B^T *m X) = - ((1%:M - X *m X^T) *m (B *m (B^T *m X))).
  rewrite trmx_mul trmxK (mulmxA X) (mulmxA _ B) -mulNmx; congr (_ *m _).
  by rewrite mulmxBl mul1mx opprB.
have e0 : X^T *m ((X *m (B^T *m X)^T - B) *m (B^T *m X)) = 0.
  by rewrite e mulmxN mulmxA mulmxBr mulmx1 (mulmxA X^T X) XX mul1mx subrr mul0mx oppr0.
by rewrite /tangent_projection e0 trmx0 addr0 scaler0 mulmx0 subr0 e.
Qed.

Hypothesis UU : U^T *m U = 1%:M.
Hypothesis VV : V^T *m V = 1%:M.
Hypothesis sk0 : 0 < sk.
Hypothesis sks1 : sk <= s1.
Hypothesis sighl : forall i, sk <= sig 0 i <= s1.
Hypothesis eta0 : 0 < eta.
Hypothesis x1 : eta * s1 ^+ 2 <= 1.

Let slo i : sk <= sig 0 i. Proof. by case/andP: (sighl i). Qed.
Let shi i : sig 0 i <= s1. Proof. by case/andP: (sighl i). Qed.
Let s10 : 0 < s1. Proof. exact: lt_le_trans sks1. Qed.

Lemma AAT : A *m A^T = U *m M *m U^T.
Proof.
rewrite /rectangular_target !trmx_mul trmxK tr_diag_mx -!mulmxA (mulmxA V^T V) VV mul1mx.
by [].
Qed.

Lemma qfM2 w : qf M w = nrm2 (Sg *m w).
Proof. by rewrite qfE nrm2E -mulmxA dot_adj tr_diag_mx. Qed.
Lemma M2sym : M^T = M. Proof. by rewrite trmx_mul tr_diag_mx. Qed.
Lemma M2hi w : nrm2 (M *m w) <= s1 ^+ 2 * qf M w.
Proof. by rewrite qfM2 -mulmxA; apply: (Sg_hi sk0). Qed.

Section Step.
Variables (X Y : 'M[R]_(m, r)) (l : R).
Hypothesis XX : X^T *m X = 1%:M.
Hypothesis XY : one_sided_step U V sig eta X (A^T *m X) Y.
Hypothesis l0 : 0 < l.
Hypothesis l1 : l < 1.
Hypothesis Xl : lambda_min_ge U X l.

Theorem one_step : let p := l^-1 - one_sided_gain sk s1 eta l in
  [/\ 1 < p, lambda_min_ge U Y p^-1 & Y^T *m Y = 1%:M].
Proof.
case: XY => YY [H YE]; rewrite (one_sided_direction XX) scalerN opprK in YE.
have XV : X^T *m ((1%:M - X *m X^T) *m (A *m (A^T *m X))) = 0.
  by rewrite mulmxA mulmxBr mulmx1 (mulmxA X^T X) XX mul1mx subrr mul0mx.
have Vq w : (1%:M - X *m X^T) *m (A *m (A^T *m X)) *m qv U X w = (1%:M - X *m X^T) *m (U *m (M *m w)).
  rewrite -!(mulmxA (1%:M - _)); congr (_ *m _).
  rewrite -(mulmxA A) -(mulmxA A^T) (mulmxA A) AAT -!(mulmxA U); congr (U *m _).
  by rewrite -(mulmxA M) (UXq l0 Xl).
have M_lo w : sk ^+ 2 * nrm2 w <= qf M w by rewrite qfM2; apply: (Sg_lo sk0 slo).
have qM_hi w : qf M w <= s1 ^+ 2 * nrm2 w by rewrite qfM2; apply: (Sg_hi sk0 s10 slo shi).
have b1 : sk ^+ 2 <= s1 ^+ 2 by rewrite ler_expn2r // nnegrE ltW.
have XYV : exists H : 'M[R]_r, Y = (X + eta *: ((1%:M - X *m X^T) *m (A *m (A^T *m X)))) *m H by exists H.
have [h1 h2] := horizontal_step UU XX l0 l1 Xl M2sym XV Vq YY XYV M2hi M_lo qM_hi (exprn_gt0 2 sk0) b1 s10 eta0 x1.
have e : l^-1 - one_sided_gain sk s1 eta l = l^-1 * (1 - reduced_gain l s1 (sk ^+ 2) eta).
  by rewrite mulrBr mulr1.
by rewrite e; split.
Qed.
End Step.

(* The residual: |X G^T - A|_F^2 <= (1-l) |A|_F^2 at G = A^T X. *)
Lemma froAQ : fro2 A = \tr M.
Proof.
rewrite fro2E AAT; move: (M) => N.
by rewrite mxtrace_mulC (mulmxA U^T) UU mul1mx.
Qed.

Theorem one_sided_residual (X : 'M[R]_(m, r)) l : X^T *m X = 1%:M -> lambda_min_ge U X l ->
  fro2 (X *m (A^T *m X)^T - A) <= (1 - l) * fro2 A.
Proof.
move=> XX Xl; pose Q := 1%:M - X *m X^T.
have -> : X *m (A^T *m X)^T - A = - (Q *m A).
  by rewrite trmx_mul trmxK mulmxBl mul1mx opprB mulmxA.
have QQ : Q^T *m Q = Q.
  have -> : Q^T = Q by rewrite /Q linearB /= trmx1 trmx_mul trmxK.
  rewrite /Q mulmxBl mul1mx mulmxBr mulmx1.
  by rewrite mulmxA -(mulmxA X X^T X) XX mulmx1 subrr subr0.
have e : fro2 (- (Q *m A)) = \tr ((1%:M - alignment U X) *m M).
  have UQU : U^T *m (Q *m U) = 1%:M - alignment U X.
    by rewrite /Q mulmxBl mulmxBr mul1mx UU /alignment trmx_mul trmxK !mulmxA.
  rewrite fro2E linearN /= mulmxN mulNmx opprK trmx_mul -UQU.
  clear UQU; clearbody Q.
  rewrite -mulmxA (mulmxA A) AAT; move: (M) => N.
  rewrite mxtrace_mulC -(mulmxA _ Q^T) QQ -(mulmxA U) -(mulmxA U) mxtrace_mulC.
  by rewrite -!mulmxA [LHS]mxtrace_mulC -!mulmxA.
rewrite e froAQ /mxtrace mulr_sumr; apply: ler_sum => i _.
have gen (C : 'M[R]_k) : (C *m M) i i = sig 0 i ^+ 2 * C i i.
  by rewrite mulmxA !mul_mx_diag !mxE -mulrA -expr2 mulrC.
have hM : M i i = sig 0 i ^+ 2 by rewrite mul_diag_mx !mxE eqxx mulr1n expr2.
rewrite gen hM [leRHS]mulrC; apply: ler_wpmul2l; first exact: sqr_ge0.
have := Sii Xl i; move: (alignment U X) => S0 h.
by rewrite !mxE eqxx mulr1n ler_sub.
Qed.

(* ---------- whole trajectories of the joint (X, G) recursion ---------- *)
Section Traj.
Variables (X : nat -> 'M[R]_(m, r)) (G : nat -> 'M[R]_(n, r)) (Ginit : 'M[R]_(n, r)) (l0 : R).
Hypothesis X0 : (X 0%N)^T *m X 0%N = 1%:M.
Hypothesis l00 : 0 < l0.
Hypothesis l01 : l0 < 1.
Hypothesis Xl0 : lambda_min_ge U (X 0%N) l0.
Hypothesis G0 : G 0%N = free_step U V sig (X 0%N) Ginit.
Hypothesis Xst : forall t, one_sided_step U V sig eta (X t) (G t) (X t.+1).
Hypothesis Gst : forall t, G t.+1 = free_step U V sig (X t.+1) (G t).

Theorem trajectory t :
  [/\ 0 < lower_bound (one_sided_gain sk s1 eta) l0 t, lower_bound (one_sided_gain sk s1 eta) l0 t < 1,
  (X t)^T *m X t = 1%:M,
  lambda_min_ge U (X t) (lower_bound (one_sided_gain sk s1 eta) l0 t) & G t = A^T *m X t].
Proof.
elim: t => [|t [h0 h1 hX hl hG]] /=; first by split=> //; rewrite G0 free_step_exact.
have st := Xst t; rewrite hG in st.
have [g1 g2 g3] := one_step hX st h0 h1 hl.
have g0 := lt_trans ltr01 g1.
by split=> //; [rewrite invr_gt0 | rewrite invf_lt1 | rewrite Gst free_step_exact].
Qed.

(* q = 1/l - 1 contracts by a constant factor from the first step on *)
Lemma qQ_contr t : eta * s1 ^+ 2 <= 2%:R^-1 ->
  (lower_bound (one_sided_gain sk s1 eta) l0 t)^-1 - 1 <= (l0^-1 - 1) * (1 - 2%:R / 3%:R * (eta * sk ^+ 2)) ^+ t.
Proof.
move=> hx; set y := 2%:R / 3%:R * (eta * sk ^+ 2).
have y1 : 0 <= 1 - y.
  have h : eta * sk ^+ 2 <= 2%:R^-1.
    by apply: le_trans hx; rewrite ler_wpmul2l ?(ltW eta0) // ler_expn2r // nnegrE ltW.
  rewrite -subr_ge0 in h; have i3 : 0 <= 2%:R / 3%:R :> R by rewrite divr_ge0 ?ler0n.
  by have := addr_ge0 (mulr_ge0 i3 h) i3; congr (0 <= _); rewrite /y; field.
elim: t => [|t ih]; first by rewrite expr0 mulr1.
have [h0 h1 _ _ _] := trajectory t.
rewrite exprSr mulrA /= invrK /one_sided_gain; apply: le_trans (ler_wpmul2r y1 ih).
have := population_gain_lower sk h0 h1 eta0 hx; rewrite -/y.
move: (lower_bound (one_sided_gain sk s1 eta) l0 t) h0 h1 => z h0 h1.
rewrite -subr_ge0 => h; have z0 : 0 <= z^-1 by rewrite invr_ge0 ltW.
rewrite -subr_ge0; have := mulr_ge0 z0 h; congr (0 <= _).
by field; rewrite gt_eqF.
Qed.

(* Theorem Q, linear convergence without burn-in *)
Theorem linear_convergence t : eta * s1 ^+ 2 <= 2%:R^-1 ->
  fro2 (X t *m (G t)^T - A)
  <= (l0^-1 - 1) * (1 - 2%:R / 3%:R * (eta * sk ^+ 2)) ^+ t * fro2 A.
Proof.
move=> hx; have [h0 h1 hX hl hG] := trajectory t.
rewrite hG; apply: le_trans (one_sided_residual hX hl) _.
apply: ler_wpmul2r; first exact: fro2_ge0.
apply: le_trans _ (qQ_contr t hx); move: (lower_bound (one_sided_gain sk s1 eta) l0 t) h0 h1 => z h0 h1.
rewrite -subr_ge0 (_ : _ - _ = (1 - z) ^+ 2 / z).
  by apply: divr_ge0; [exact: sqr_ge0 | exact: ltW].
by field; rewrite gt_eqF.
Qed.
End Traj.
End OneSided.
