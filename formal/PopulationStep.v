(* One step of the population algorithm, geometrically: the Riemannian gradient at Theta = X^T A X is G = -(I - X
   X^T) A X X^T A X, a horizontal direction with M = Sigma S Sigma in the sense of HorizontalStep.v. Then the
   trajectory as a recursion in (X, Theta): the magnitude step with mu = 2 is exact. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Contraction CoreInequality ReducedRate Alignment HorizontalStep.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section PopulationStep.
Variables (R : realFieldType) (m r k : nat).
Variables (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (sk s1 eta : R).
Hypothesis UU : U^T *m U = 1%:M.
Hypothesis sk0 : 0 < sk.
Hypothesis s10 : 0 < s1.
Hypothesis sks1 : sk <= s1.
Hypothesis siglo : forall i, sk <= sig 0 i.
Hypothesis sighi : forall i, sig 0 i <= s1.
Hypothesis eta0 : 0 < eta.
Hypothesis x1 : eta * s1 ^+ 2 <= 1.

Notation Sg := (diag_mx sig).
Notation A := (target U sig).
Notation ov := (alignment U).

Section Step.
Variables (X Y : 'M[R]_(m, r)) (l : R).
Hypothesis XX : X^T *m X = 1%:M.
Hypothesis XY : orthonormal_step U sig (@population R m) eta X (exact_magnitude U sig X) Y.
Hypothesis l0 : 0 < l.
Hypothesis l1 : l < 1.
Hypothesis Xl : lambda_min_ge U X l.

Notation S := (ov X).
Notation V := ((1%:M - X *m X^T) *m A *m X *m exact_magnitude U sig X).

Lemma XG0 : X^T *m gradient U sig (@population R m) X (exact_magnitude U sig X) = 0.
Proof.
rewrite /gradient /population /residual !mulmxA mulmxBr !mulmxA XX mul1mx.
by rewrite mulmxBl -!mulmxA XX mulmx1 /exact_magnitude !mulmxA subrr !mul0mx.
Qed.

Lemma rgradient_population : rgradient U sig (@population R m) X (exact_magnitude U sig X) = - V.
Proof.
rewrite /rgradient /tangent_projection XG0 trmx0 addr0 scaler0 mulmx0 subr0 /gradient /population /residual.
rewrite -[in RHS]mulNmx; congr (_ *m _).
rewrite -[in RHS]mulNmx -[in RHS]mulNmx opprB.
rewrite [in RHS]mulmxBl mul1mx [in RHS]mulmxBl [in LHS]mulmxBl; congr (_ - _).
by rewrite -(mulmxA _ X^T X) XX mulmx1 /exact_magnitude !mulmxA.
Qed.

Lemma XV0 : X^T *m V = 0.
Proof. by rewrite !mulmxA mulmxBr mulmx1 mulmxA XX mul1mx subrr !mul0mx. Qed.

(* M = Sigma S Sigma, with l sk^2 <= M <= s1^2 *)
Notation M := (Sg *m S *m Sg).
Lemma Msym : M^T = M.
Proof. by rewrite trmx_mul (trmx_mul Sg) ov_sym tr_diag_mx mulmxA. Qed.
Lemma qM (w : 'cV[R]_k) : qf M w = qf S (Sg *m w).
Proof. by rewrite !qfE -!mulmxA dot_adj tr_diag_mx. Qed.
Lemma M_lo w : l * sk ^+ 2 * nrm2 w <= qf M w.
Proof.
rewrite qM; apply: le_trans (Xl _); rewrite -mulrA; apply: ler_wpmul2l; first exact: ltW.
exact: (Sg_lo sk0 siglo).
Qed.
Lemma qM_hi w : qf M w <= s1 ^+ 2 * nrm2 w.
Proof. by rewrite qM; apply: le_trans (ov_hi UU _ XX) _; exact: (Sg_hi sk0 s10 siglo sighi). Qed.
Lemma M_hi w : nrm2 (M *m w) <= s1 ^+ 2 * qf M w.
Proof.
have -> : M *m w = Sg *m (S *m (Sg *m w)) by rewrite !mulmxA.
apply: le_trans (Sg_hi sk0 s10 siglo sighi _) _; rewrite qM.
apply: ler_wpmul2l; first exact: sqr_ge0.
by rewrite qfE; exact: (S2 (ov_sym U X) Xl (fun v => ov_hi UU v XX) l0).
Qed.

Lemma Vq w : V *m qv U X w = (1%:M - X *m X^T) *m (U *m (M *m w)).
Proof.
rewrite -!(mulmxA (1%:M - _)); congr (_ *m _).
by rewrite /exact_magnitude /target /alignment trmx_mul trmxK -!mulmxA (UXq l0 Xl).
Qed.

Lemma population_cauchy_schwarz (u w : 'cV[R]_k) :
  dot u ((1%:M + eta *: ((1%:M - S) *m M)) *m w) ^+ 2
  <= qf (ov Y) u * (qf (invmx S) w + eta ^+ 2 * qf (M *m (1%:M - S) *m M) w).
Proof.
case: XY => YY [H YE]; apply: (cauchy_schwarz_step UU XX l0 Xl Msym XV0 Vq YY).
by exists H; rewrite YE rgradient_population scalerN opprK.
Qed.

(* One step of the algorithm. *)
Theorem one_step :
  let p := l^-1 - population_gain sk s1 eta l in
  [/\ 1 < p, lambda_min_ge U Y p^-1 & Y^T *m Y = 1%:M].
Proof.
case: XY => YY [H YE]; have sl := exprn_gt0 2 sk0.
have e : l^-1 - population_gain sk s1 eta l = l^-1 * (1 - reduced_gain l s1 (l * sk ^+ 2) eta).
  rewrite /population_gain /reduced_gain.
  have h : 0 < 1 + eta * s1 ^+ 2 * (1 - l).
    by rewrite addr_gt0 ?ltr01 // !mulr_gt0 ?exprn_gt0 // subr_gt0.
  move: (1 - eta * s1 ^+ 2 * (1 + l) / 2%:R) => c; field.
  by rewrite !gt_eqF.
have b1 : l * sk ^+ 2 <= s1 ^+ 2.
  apply: le_trans (_ : sk ^+ 2 <= _); first by rewrite ger_pmull // ltW.
  by rewrite ler_expn2r // nnegrE ltW.
have [|h1 h2] := horizontal_step UU XX l0 l1 Xl Msym XV0 Vq YY _ M_hi M_lo qM_hi (mulr_gt0 l0 sl) b1 s10 eta0 x1.
  by exists H; rewrite YE rgradient_population scalerN opprK.
by rewrite /= e; split.
Qed.
End Step.

(* the magnitude step with mu = 2 is exact, whatever Theta was *)
Lemma magnitude_step_population (Y : 'M[R]_(m, r)) (Th : 'M[R]_r) : Y^T *m Y = 1%:M ->
  magnitude_step U sig (@population R m) Y Th = exact_magnitude U sig Y.
Proof.
move=> YY; rewrite /magnitude_step /population /residual /exact_magnitude; move: (A) => B.
have -> : Y^T *m (Y *m Th *m Y^T - B) *m Y = Th - Y^T *m B *m Y.
  by rewrite mulmxBr mulmxBl !mulmxA YY mul1mx -(mulmxA Th) YY mulmx1.
by rewrite opprB addrC subrK.
Qed.

(* The whole trajectory, as a recursion in (X, Theta). *)
Theorem trajectory (X : nat -> 'M[R]_(m, r)) (Th : nat -> 'M[R]_r) (l0 : R) :
  (X 0%N)^T *m X 0%N = 1%:M -> 0 < l0 -> l0 < 1 -> lambda_min_ge U (X 0%N) l0 ->
  Th 0%N = exact_magnitude U sig (X 0%N) ->
  (forall t, orthonormal_step U sig (@population R m) eta (X t) (Th t) (X t.+1)) ->
  (forall t, Th t.+1 = magnitude_step U sig (@population R m) (X t.+1) (Th t)) ->
  forall t, let lt := lower_bound (population_gain sk s1 eta) l0 t in
  [/\ 0 < lt, lt < 1, (X t)^T *m X t = 1%:M, Th t = exact_magnitude U sig (X t) & lambda_min_ge U (X t) lt].
Proof.
move=> X0 l00 l01 Xl Th0 st mt; elim=> [|t [h0 h1 hX hT hl]] //=.
have st' := st t; rewrite hT in st'.
have [g1 g2 g3] := one_step hX st' h0 h1 hl.
have g0 := lt_trans ltr01 g1.
split; [by rewrite invr_gt0 | by rewrite invf_lt1 | exact: g3 | | exact: g2].
by rewrite mt magnitude_step_population.
Qed.
End PopulationStep.
