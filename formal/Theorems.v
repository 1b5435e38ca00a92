(* The theorems, all in one place, in the words of Definitions.v. Their proofs are in the other files and are only
   quoted here; `make formal` asks the kernel on which axioms each of them rests: on none.

   With weight normalization: U has orthonormal columns and sk <= sig_i <= s1 with sk > 0, so A = U diag(sig) U^T has
   rank k, its nonzero eigenvalues lie in [sk, s1], and kappa <= s1/sk. *)
From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions PopulationStep PopulationConvergence SharpRate MonotoneLoss OneSided FiniteSamples
  RestrictedIsometry EndToEnd SpectralTheorem PolarFactor Gradients GradientDescentCrawls OneSidedSharp TwoFactors.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Population.
Variables (R : realFieldType) (m r k : nat) (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (sk s1 eta : R).
Notation A := (target U sig).
Notation T := (@population R m).

(* One step, 0 < eta <= 1/s1^2: 1/lambda_(t+1) <= 1/lambda_t - population_gain(lambda_t). *)
Theorem population_rate (X Y : 'M[R]_(m, r)) (l : R) :
  Stiefel U -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 1 ->
  Stiefel X -> 0 < l -> l < 1 -> lambda_min_ge U X l ->
  orthonormal_step U sig T eta X (exact_magnitude U sig X) Y ->
  let p := l^-1 - population_gain sk s1 eta l in
  [/\ 1 < p, lambda_min_ge U Y p^-1 & Stiefel Y].
Proof.
move=> UU sk0 sks hs e0 x1 XX l0 l1 Xl XY.
have slo i : sk <= sig 0 i by case/andP: (hs i).
have shi i : sig 0 i <= s1 by case/andP: (hs i).
exact: (PopulationStep.one_step UU sk0 (lt_le_trans sk0 sks) sks slo shi e0 x1 XX XY l0 l1 Xl).
Qed.

(* The magnitude step with mu = 2 is exact, whatever Theta was. *)
Theorem population_magnitude (Y : 'M[R]_(m, r)) (Th : 'M[R]_r) : Stiefel Y ->
  magnitude_step U sig T Y Th = exact_magnitude U sig Y.
Proof. exact: magnitude_step_population. Qed.

(* The recursion in (X, Theta): lambda_min(S_t) >= l_t for all t. *)
Theorem population_trajectory (X : nat -> 'M[R]_(m, r)) (Th : nat -> 'M[R]_r) (l0 : R) :
  Stiefel U -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 1 ->
  Stiefel (X 0%N) -> 0 < l0 -> l0 < 1 -> lambda_min_ge U (X 0%N) l0 ->
  Th 0%N = exact_magnitude U sig (X 0%N) ->
  (forall t, orthonormal_step U sig T eta (X t) (Th t) (X t.+1)) ->
  (forall t, Th t.+1 = magnitude_step U sig T (X t.+1) (Th t)) ->
  forall t, let lt := lower_bound (population_gain sk s1 eta) l0 t in
  [/\ 0 < lt, lt < 1, Stiefel (X t), Th t = exact_magnitude U sig (X t) & lambda_min_ge U (X t) lt].
Proof.
move=> UU sk0 sks hs e0 x1 X0 l00 l01 Xl Th0 st mt t.
have slo i : sk <= sig 0 i by case/andP: (hs i).
have shi i : sig 0 i <= s1 by case/andP: (hs i).
exact: (PopulationStep.trajectory UU sk0 (lt_le_trans sk0 sks) sks slo shi e0 x1 X0 l00 l01 Xl Th0 st mt).
Qed.

(* The loss goes to zero linearly when eta <= 1/(2 s1^2). *)
Theorem population_linear_convergence (X : nat -> 'M[R]_(m, r)) (Th : nat -> 'M[R]_r) (l0 : R) :
  Stiefel U -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 2%:R^-1 ->
  Stiefel (X 0%N) -> 0 < l0 -> l0 < 1 -> lambda_min_ge U (X 0%N) l0 ->
  Th 0%N = exact_magnitude U sig (X 0%N) ->
  (forall t, orthonormal_step U sig T eta (X t) (Th t) (X t.+1)) ->
  (forall t, Th t.+1 = magnitude_step U sig T (X t.+1) (Th t)) ->
  forall t, fro2 (residual U sig (X t) (Th t))
  <= 2%:R * (l0^-1 - 1) * (1 - 2%:R / 3%:R * (eta * sk ^+ 2) * l0) ^+ t * fro2 A.
Proof. exact: PopulationConvergence.linear_convergence. Qed.

(* The loss never increases when 0 < eta <= 2/s1^2, from any X; nothing is assumed of its alignment, and some sig_i
   may be 0. *)
Theorem population_monotone_loss (X Y : 'M[R]_(m, r)) :
  Stiefel U -> 0 < s1 -> (forall i, 0 <= sig 0 i <= s1) -> 0 < eta -> eta * s1 ^+ 2 <= 2%:R ->
  Stiefel X -> orthonormal_step U sig T eta X (exact_magnitude U sig X) Y ->
  population_loss U sig Y <= population_loss U sig X
    - eta * (1 - eta * s1 ^+ 2 / 2%:R) * fro2 (rgradient U sig T X (exact_magnitude U sig X)).
Proof. by move=> UU s10 hs e0 x2; exact: (monotone_loss UU hs s10 e0 x2). Qed.

(* ... with equality, even at eta = 2/s1^2, only where the gradient is 0. *)
Theorem population_strict_loss (X Y : 'M[R]_(m, r)) :
  Stiefel U -> 0 < s1 -> (forall i, 0 <= sig 0 i <= s1) -> 0 < eta -> eta * s1 ^+ 2 <= 2%:R ->
  Stiefel X -> orthonormal_step U sig T eta X (exact_magnitude U sig X) Y ->
  rgradient U sig T X (exact_magnitude U sig X) != 0 ->
  population_loss U sig Y < population_loss U sig X
    - eta * (1 - eta * s1 ^+ 2 / 2%:R) * fro2 (rgradient U sig T X (exact_magnitude U sig X)).
Proof.
move=> UU s10 hs e0 x2 XX XY; rewrite ltNge; apply: contra => h; apply/eqP.
exact: (strict_loss UU hs s10 e0 x2 XX XY h).
Qed.
End Population.

Section SharpPopulation.
Variables (R : realFieldType) (m r k : nat) (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (sk s1 eta : R).
Notation A := (target U sig).
Notation T := (@population R m).

(* One step, 0 < eta <= 2/s1^2: from level l to the level l' with 1/l' - 1 = (1 - n(l))^2 (1/l - 1). *)
Theorem population_sharp_rate (X Y : 'M[R]_(m, r)) (l : R) :
  Stiefel U -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 2%:R ->
  Stiefel X -> 0 < l -> l < 1 -> lambda_min_ge U X l ->
  orthonormal_step U sig T eta X (exact_magnitude U sig X) Y ->
  let l' := sharp_level sk s1 eta l in
  [/\ 0 < l', l' < 1, Stiefel Y & lambda_min_ge U Y l'].
Proof.
move=> UU sk0 sks hs e0 x2 XX l0 l1 Xl XY.
have slo i : sk <= sig 0 i by case/andP: (hs i).
have shi i : sig 0 i <= s1 by case/andP: (hs i).
exact: (SharpRate.sharp_step UU sk0 sks slo shi e0 x2 XX XY l0 l1 Xl).
Qed.

(* The recursion in (X, Theta): lambda_min(S_t) is at least the t-th level. *)
Theorem population_sharp_trajectory (X : nat -> 'M[R]_(m, r)) (Th : nat -> 'M[R]_r) (l0 : R) :
  Stiefel U -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 2%:R ->
  Stiefel (X 0%N) -> 0 < l0 -> l0 < 1 -> lambda_min_ge U (X 0%N) l0 ->
  Th 0%N = exact_magnitude U sig (X 0%N) ->
  (forall t, orthonormal_step U sig T eta (X t) (Th t) (X t.+1)) ->
  (forall t, Th t.+1 = magnitude_step U sig T (X t.+1) (Th t)) ->
  forall t, let lt := iter t (sharp_level sk s1 eta) l0 in
  [/\ 0 < lt, lt < 1, Stiefel (X t), Th t = exact_magnitude U sig (X t) & lambda_min_ge U (X t) lt].
Proof.
move=> UU sk0 sks hs e0 x2 X0 l00 l01 Xl Th0 st mt t.
have slo i : sk <= sig 0 i by case/andP: (hs i).
have shi i : sig 0 i <= s1 by case/andP: (hs i).
exact: (SharpRate.sharp_trajectory UU sk0 sks slo shi e0 x2 X0 l00 l01 Xl Th0 st mt).
Qed.

(* The loss goes to zero linearly for every eta < 2/s1^2: the effective step is min(eta sk^2, 2 - eta s1^2). *)
Theorem population_sharp_convergence (X : nat -> 'M[R]_(m, r)) (Th : nat -> 'M[R]_r) (l0 : R) :
  Stiefel U -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 2%:R ->
  Stiefel (X 0%N) -> 0 < l0 -> l0 < 1 -> lambda_min_ge U (X 0%N) l0 ->
  Th 0%N = exact_magnitude U sig (X 0%N) ->
  (forall t, orthonormal_step U sig T eta (X t) (Th t) (X t.+1)) ->
  (forall t, Th t.+1 = magnitude_step U sig T (X t.+1) (Th t)) ->
  forall t, fro2 (residual U sig (X t) (Th t))
  <= 2%:R * (l0^-1 - 1) * (1 - effective_step sk s1 eta * l0) ^+ t * fro2 A.
Proof.
move=> UU sk0 sks hs e0 x2 X0 l00 l01 Xl Th0 st mt t.
have slo i : sk <= sig 0 i by case/andP: (hs i).
have shi i : sig 0 i <= s1 by case/andP: (hs i).
exact: (SharpRate.sharp_convergence UU sk0 sks slo shi e0 x2 X0 l00 l01 Xl Th0 st mt).
Qed.
End SharpPopulation.

(* One factor on the manifold, the other free, A = U diag(sig) V^T rectangular (Theorem Q). *)
Section OneSided.
Variables (R : realFieldType) (m n r k : nat) (U : 'M[R]_(m, k)) (V : 'M[R]_(n, k)) (sig : 'rV[R]_k) (sk s1 eta : R).
Notation A := (rectangular_target U V sig).

(* One step: 1/lambda_(t+1) <= (1 - population_gain(lambda_t)) / lambda_t. *)
Theorem one_sided_rate (X Y : 'M[R]_(m, r)) (l : R) :
  Stiefel U -> Stiefel V -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 1 ->
  Stiefel X -> 0 < l -> l < 1 -> lambda_min_ge U X l -> one_sided_step U V sig eta X (A^T *m X) Y ->
  let p := l^-1 - one_sided_gain sk s1 eta l in [/\ 1 < p, lambda_min_ge U Y p^-1 & Stiefel Y].
Proof.
move=> UU VV sk0 sks hs e0 x1 XX l0 l1 Xl XY.
exact: (OneSided.one_step UU VV sk0 sks hs e0 x1 XX XY l0 l1 Xl).
Qed.

(* The loss stays below a bound that falls linearly from the first step on, when eta <= 1/(2 s1^2). *)
Theorem one_sided_linear_convergence (X : nat -> 'M[R]_(m, r)) (G : nat -> 'M[R]_(n, r)) (G' : 'M[R]_(n, r)) (l0 : R) :
  Stiefel U -> Stiefel V -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 1 -> eta * s1 ^+ 2 <= 2%:R^-1 ->
  Stiefel (X 0%N) -> 0 < l0 -> l0 < 1 -> lambda_min_ge U (X 0%N) l0 ->
  G 0%N = free_step U V sig (X 0%N) G' ->
  (forall t, one_sided_step U V sig eta (X t) (G t) (X t.+1)) ->
  (forall t, G t.+1 = free_step U V sig (X t.+1) (G t)) ->
  forall t, fro2 (X t *m (G t)^T - A) <= (l0^-1 - 1) * (1 - 2%:R / 3%:R * (eta * sk ^+ 2)) ^+ t * fro2 A.
Proof.
move=> UU VV sk0 sks hs e0 x1 x12 X0 l00 l01 Xl G0 st gt t.
exact: (OneSided.linear_convergence UU VV sk0 sks hs e0 x1 X0 l00 l01 Xl G0 st gt t x12).
Qed.

(* One step, 0 < eta <= 2/s1^2: from level l to the level l' with 1/l' - 1 = (1 - rho(l))^2 (1/l - 1). *)
Theorem one_sided_sharp_rate (X Y : 'M[R]_(m, r)) (l : R) :
  Stiefel U -> Stiefel V -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 2%:R ->
  Stiefel X -> 0 < l -> l < 1 -> lambda_min_ge U X l -> one_sided_step U V sig eta X (A^T *m X) Y ->
  let l' := one_sided_level sk s1 eta l in
  [/\ 0 < l', l' < 1, Stiefel Y & lambda_min_ge U Y l'].
Proof.
move=> UU VV sk0 sks hs e0 x2 XX l0 l1 Xl XY.
exact: (OneSidedSharp.sharp_step UU VV sk0 sks hs e0 XX XY l0 l1 Xl).
Qed.

(* The recursion in (X, G): lambda_min(S_t) is at least the t-th level, and the loss stays below a bound that falls
   linearly from the first step on. *)
Theorem one_sided_sharp_convergence (X : nat -> 'M[R]_(m, r)) (G : nat -> 'M[R]_(n, r)) (G' : 'M[R]_(n, r)) (l0 : R) :
  Stiefel U -> Stiefel V -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 2%:R ->
  Stiefel (X 0%N) -> 0 < l0 -> l0 < 1 -> lambda_min_ge U (X 0%N) l0 ->
  G 0%N = free_step U V sig (X 0%N) G' ->
  (forall t, one_sided_step U V sig eta (X t) (G t) (X t.+1)) ->
  (forall t, G t.+1 = free_step U V sig (X t.+1) (G t)) ->
  forall t, let lt := iter t (one_sided_level sk s1 eta) l0 in
  [/\ 0 < lt, lt < 1, lambda_min_ge U (X t) lt &
      fro2 (X t *m (G t)^T - A) <= (l0^-1 - 1) * (1 - one_sided_shrinkage sk s1 eta l0) ^+ (2 * t) * fro2 A].
Proof.
move=> UU VV sk0 sks hs e0 x2 X0 l00 l01 Xl G0 st gt t.
have [h0 h1 _ hl _] := OneSidedSharp.sharp_trajectory UU VV sk0 sks hs e0 X0 l00 l01 Xl G0 st gt t.
split=> //; exact: (OneSidedSharp.sharp_convergence UU VV sk0 sks hs e0 x2 X0 l00 l01 Xl G0 st gt t).
Qed.
End OneSided.

Section FiniteSamples.
Variables (F : rcfType) (m n r k : nat) (U : 'M[F]_(m, k)) (sig : 'rV[F]_k) (sk s1 eta delta : F).
Notation A := (target U sig).
Notation a := (Num.sqrt (fro2 A)).

(* Restricted isometry of order r + k + 1 implies (R1) and (R2). *)
Theorem rip_two_consequences (Ms : 'I_n -> 'M[F]_m) :
  (forall i, (Ms i)^T = Ms i) -> 0 <= delta -> RIP Ms (r + k + 1) delta ->
  two_consequences r U sig (normal_operator Ms) delta.
Proof. exact: RestrictedIsometry.rip_two_consequences. Qed.

(* One step with measurements: from (X, Theta) with lambda_min(S) >= l and
   ||X^T A X - Theta||_F <= 4 delta a sqrt(1 - l), both hold again for the next pair
   with 1/l' = 1/l - (1/3) eta sk^2 (1 - l). *)
Theorem finite_sample_step (T : 'M[F]_m -> 'M[F]_m) (X Y : 'M[F]_(m, r)) (Th : 'M[F]_r) (l : F) :
  Stiefel U -> (0 < k)%N -> 0 < sk -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 2%:R^-1 -> 0 <= delta -> two_consequences r U sig T delta ->
  0 < l -> l < 1 -> delta * a <= l * sk / 32%:R ->
  Stiefel X -> Th^T = Th -> lambda_min_ge U X l ->
  fro2 (exact_magnitude U sig X - Th) <= 16%:R * delta ^+ 2 * fro2 A * (1 - l) ->
  polar_step U sig T eta X Th Y ->
  let l' := (l^-1 - finite_sample_gain sk eta l)^-1 in let Th' := magnitude_step U sig T Y Th in
  [/\ l <= l' < 1, Stiefel Y, lambda_min_ge U Y l', Th'^T = Th' &
      fro2 (exact_magnitude U sig Y - Th') <= 16%:R * delta ^+ 2 * fro2 A * (1 - l')].
Proof.
move=> UU k0 sk0 hs e0 x12 d0 TR l0 l1 dl XX hT Xl hXi XY.
exact: (FiniteSamples.one_step UU k0 sk0 hs e0 x12 d0 TR l0 l1 dl XX hT Xl hXi XY).
Qed.

(* The alignment does not jump to 1 in one step: if the level l is attained at a unit vector w, then w^T S_+ w stays away
   from 1. *)
Theorem finite_sample_no_overshoot (T : 'M[F]_m -> 'M[F]_m) (X Y : 'M[F]_(m, r)) (Th : 'M[F]_r) (l : F) (w : 'cV[F]_k) :
  Stiefel U -> (0 < k)%N -> 0 < sk -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 2%:R^-1 -> 0 <= delta -> two_consequences r U sig T delta ->
  0 < l -> l < 1 -> delta * a <= l * sk / 32%:R ->
  Stiefel X -> Th^T = Th -> lambda_min_ge U X l ->
  fro2 (exact_magnitude U sig X - Th) <= 16%:R * delta ^+ 2 * fro2 A * (1 - l) ->
  polar_step U sig T eta X Th Y -> nrm2 w = 1 -> qf (alignment U X) w = l ->
  qf (alignment U Y) w <= 1 - (9%:R / 20%:R) ^+ 2 * (1 - l).
Proof.
move=> UU k0 sk0 hs e0 x12 d0 TR l0 l1 dl XX hT Xl hXi XY.
exact: (step_no_overshoot UU k0 sk0 hs e0 x12 d0 TR l0 l1 dl XX hT Xl hXi XY).
Qed.

(* The trajectory, for any T with (R1) and (R2): (a), (b) and (c) of Theorem F. *)
Theorem finite_sample_trajectory (T : 'M[F]_m -> 'M[F]_m) (X : nat -> 'M[F]_(m, r)) (Th : nat -> 'M[F]_r) (l0 : F) :
  Stiefel U -> (0 < k)%N -> 0 < sk -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 2%:R^-1 -> 0 <= delta -> two_consequences r U sig T delta ->
  0 < l0 -> l0 < 1 -> delta * a <= l0 * sk / 32%:R ->
  Stiefel (X 0%N) -> lambda_min_ge U (X 0%N) l0 -> (Th 0%N)^T = Th 0%N ->
  fro2 (exact_magnitude U sig (X 0%N) - Th 0%N) <= 16%:R * delta ^+ 2 * fro2 A * (1 - l0) ->
  (forall t, polar_step U sig T eta (X t) (Th t) (X t.+1)) ->
  (forall t, Th t.+1 = magnitude_step U sig T (X t.+1) (Th t)) ->
  forall t, let lt := lower_bound (finite_sample_gain sk eta) l0 t in
  [/\ 0 < lt < 1, lambda_min_ge U (X t) lt,
      Num.sqrt (fro2 (exact_magnitude U sig (X t) - Th t)) <= 4%:R * delta * a * Num.sqrt (1 - lt) &
      Num.sqrt (fro2 (residual U sig (X t) (Th t))) <= 71%:R / 50%:R * a * Num.sqrt (1 - lt)].
Proof.
move=> UU k0 sk0 hs e0 x12 d0 TR l00 l01 dl X0 Xl0 Th0 Xi0 Xs Ts t lt.
have [h1 h2 _ _] := trajectory_bounds UU k0 sk0 hs e0 x12 d0 TR l00 l01 dl X0 Xl0 Th0 Xi0 Xs Ts t.
have [h3 h4] := trajectory_norms UU k0 sk0 hs e0 x12 d0 TR l00 l01 dl X0 Xl0 Th0 Xi0 Xs Ts t.
by split.
Qed.

(* End to end: measurements M_1 .. M_n with restricted isometry, the start Theta_0 = X_0^T M*(y) X_0, polar steps. *)
Theorem finite_sample_linear_convergence (Ms : 'I_n -> 'M[F]_m) (X : nat -> 'M[F]_(m, r))
    (Th : nat -> 'M[F]_r) (l0 : F) :
  let T := normal_operator Ms in
  Stiefel U -> (0 < k)%N -> 0 < sk -> (forall i, sk <= sig 0 i <= s1) ->
  (forall i, (Ms i)^T = Ms i) -> 0 <= delta -> RIP Ms (r + k + 1) delta ->
  0 < eta -> eta * s1 ^+ 2 <= 2%:R^-1 ->
  0 < l0 -> l0 <= 15%:R / 16%:R -> delta * a <= l0 * sk / 32%:R ->
  Stiefel (X 0%N) -> lambda_min_ge U (X 0%N) l0 -> Th 0%N = (X 0%N)^T *m T A *m X 0%N ->
  (forall t, polar_step U sig T eta (X t) (Th t) (X t.+1)) ->
  (forall t, Th t.+1 = magnitude_step U sig T (X t.+1) (Th t)) ->
  forall t, let lt := lower_bound (finite_sample_gain sk eta) l0 t in
  [/\ 0 < lt < 1, lambda_min_ge U (X t) lt,
      Num.sqrt (fro2 (exact_magnitude U sig (X t) - Th t)) <= 4%:R * delta * a * Num.sqrt (1 - lt),
      Num.sqrt (fro2 (residual U sig (X t) (Th t))) <= 71%:R / 50%:R * a * Num.sqrt (1 - lt) &
      fro2 (residual U sig (X t) (Th t)) <= (71%:R / 50%:R) ^+ 2 * fro2 A
        * ((l0^-1 - 1) * (1 - 3%:R^-1 * eta * sk ^+ 2 * l0) ^+ t)].
Proof. exact: end_to_end. Qed.
End FiniteSamples.

(* Without weight normalization: gradient descent on |Y Y^T - A|^2 / 4 crawls where Y has more columns than the rank of
   A. Here A is any symmetric matrix with 0 <= A <= s1. *)
Theorem gd_lower_bound_step (R : realFieldType) (m r : nat) (A : 'M[R]_m) (s1 eta w : R) (Y : 'M[R]_(m, r)) :
  psd_at_most A s1 -> 0 < s1 -> 0 < eta -> eta * s1 <= 3%:R^-1 ->
  0 < w -> w <= s1 -> gram_between w s1 Y ->
  gram_between (w * (1 - eta * w) ^+ 2) s1 (gd_step A eta Y).
Proof.
move=> Ab s10 e0 h3 w0 ws Yw v; apply/andP; split; first exact: (gd_crawl Ab s10 e0 h3 Yw ws).
exact: (gd_norm Ab s10 e0 h3 Yw).
Qed.

(* The whole trajectory: w_t, the smallest eigenvalue of Y_t^T Y_t at least, and the error. *)
Theorem gd_lower_bound (F : rcfType) (m r : nat) (A : 'M[F]_m) (s1 eta w0 : F) (Y : nat -> 'M[F]_(m, r)) :
  psd_at_most A s1 -> 0 < s1 -> 0 < eta -> eta * s1 <= 3%:R^-1 ->
  0 < w0 -> w0 <= s1 -> gram_between w0 s1 (Y 0%N) -> (forall t, Y t.+1 = gd_step A eta (Y t)) ->
  forall t, let wt := iter t (crawl eta) w0 in let bound := w0^-1 + 15%:R / 4%:R * eta * t%:R in
  [/\ 0 < wt, gram_between wt s1 (Y t), wt^-1 <= bound &
      Num.sqrt (r - \rank A)%:R / bound <= Num.sqrt (fro2 (Y t *m (Y t)^T - A))].
Proof.
move=> Ab s10 e0 h3 w00 w0s Y0 st t.
have [i1 _ i3 i4] := gd_trajectory Ab s10 e0 h3 w00 w0s Y0 st t.
by split=> //; exact: lower_bound_fro Ab s10 e0 h3 w00 w0s Y0 st t.
Qed.

(* Two factors, any measurements T and any step size: what a step of gradient descent does to F^T F - G^T G. *)
Theorem imbalance_drift (R : realFieldType) (m n r : nat) (A : 'M[R]_(m, n)) (T : 'M[R]_(m, n) -> 'M[R]_(m, n))
    (eta : R) (F : 'M[R]_(m, r)) (G : 'M[R]_(n, r)) :
  let Z := measured_residual A T F G in
  imbalance (left_step A T eta F G) (right_step A T eta F G) - imbalance F G
  = eta ^+ 2 *: (G^T *m Z^T *m Z *m G - F^T *m Z *m Z^T *m F).
Proof. exact: drift. Qed.

(* The modified step with beta^2 = 2 p, where |F G^T v| <= p |v| for all v. *)
Theorem modified_step_invariance (R : realFieldType) (m n r d : nat) (beta p : R)
    (F : 'M[R]_(m, r)) (G : 'M[R]_(n, r)) (F' : 'M[R]_(m, d)) (G' : 'M[R]_(n, d)) :
  modified_step beta F G F' G' -> 0 < p -> beta ^+ 2 = 2%:R * p ->
  (forall v, nrm2 (F *m G^T *m v) <= p ^+ 2 * nrm2 v) ->
  [/\ F' *m G'^T = F *m G^T, F'^T *m F' = (beta ^+ 2)%:M, (forall v, nrm2 (G' *m v) <= p / 2%:R * nrm2 v) &
      forall v, 3%:R / 2%:R * p * nrm2 v <= qf (imbalance F' G') v <= 2%:R * p * nrm2 v].
Proof.
move=> st p0 b2 Fp; split; first exact: (modified_product st p0 b2); first exact: modified_left st.
  exact: modified_right st p0 b2 Fp.
exact: modified_imbalance st p0 b2 Fp.
Qed.

(* The gradient formulas are derivatives: t |-> f(X + t H, Theta) is a polynomial, with <gradient, H> as its
   derivative at 0. *)
Section Gradients.
Variables (R : realFieldType) (m n r k : nat) (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (Ms : 'I_n -> 'M[R]_m).
Hypothesis symmetric : forall i, (Ms i)^T = Ms i.
Notation T := (normal_operator Ms).
Notation f := (loss Ms (fun i => ip (Ms i) (target U sig))).

Theorem gradient_is_derivative (X H : 'M[R]_(m, r)) (Th : 'M[R]_r) : Th^T = Th ->
  exists p : {poly R}, (forall t, p.[t] = f (X + t *: H) Th) /\ p^`().[0] = ip (gradient U sig T X Th) H.
Proof. by move=> hT; rewrite gradient_loss; exact: deriv_X. Qed.

(* The magnitude step is a gradient step of length mu = 2. *)
Theorem magnitude_step_is_gradient_step (X : 'M[R]_(m, r)) (Th : 'M[R]_r) : exists G : 'M[R]_r,
  magnitude_step U sig T X Th = Th - 2%:R *: G /\
  forall K : 'M[R]_r, exists p : {poly R}, (forall t, p.[t] = f X (Th + t *: K)) /\ p^`().[0] = ip G K.
Proof.
exists (lgradTh Ms (fun i => ip (Ms i) (target U sig)) X Th); split; first exact: magnitude_step_loss.
by move=> K; exact: deriv_Th.
Qed.

(* The projected gradient is tangent, and the only tangent matrix with these inner products with tangent ones. *)
Theorem riemannian_gradient (X : 'M[R]_(m, r)) (Th : 'M[R]_r) : Stiefel X ->
  [/\ tangent_vector X (rgradient U sig T X Th),
      forall H, tangent_vector X H -> ip (rgradient U sig T X Th) H = ip (gradient U sig T X Th) H &
      forall G, tangent_vector X G -> (forall H, tangent_vector X H -> ip G H = ip (gradient U sig T X Th) H) ->
      G = rgradient U sig T X Th].
Proof.
move=> XX; split; first exact: tangent_projection_tangent.
  by move=> H; exact: tangent_projection_repr.
by move=> G; exact: tangent_projection_unique.
Qed.
End Gradients.

(* Over a real closed field the steps exist: the real spectral theorem, and from it the polar factor. *)
Section Existence.
Variable F : rcfType.

Theorem spectral_theorem n (G : 'M[F]_n) : G^T = G ->
  exists (Q : 'M[F]_n) (d : 'rV[F]_n), Q^T *m Q = 1%:M /\ G = Q *m diag_mx d *m Q^T.
Proof. exact: spectral. Qed.

Variables (m r k : nat) (U : 'M[F]_(m, k)) (sig : 'rV[F]_k) (T : 'M[F]_m -> 'M[F]_m) (eta : F).

Theorem polar_step_exists (X : 'M[F]_(m, r)) (Th : 'M[F]_r) : Stiefel X ->
  exists Y, polar_step U sig T eta X Th Y /\ forall Y', polar_step U sig T eta X Th Y' -> Y' = Y.
Proof.
move=> XX; exists (polar_next U sig T eta X Th); split=> [|Y']; first exact/polar_step_fun.
by move/(polar_step_fun U sig T eta Th Y' XX).
Qed.

Theorem step_exists (X : 'M[F]_(m, r)) (Th : 'M[F]_r) : Stiefel X -> exists Y, orthonormal_step U sig T eta X Th Y.
Proof.
by move=> XX; have [Y [[YY [H [_ _ YE]]] _]] := polar_step_exists Th XX; exists Y; split=> //; exists H.
Qed.

(* The algorithm has exactly one trajectory from every start. *)
Theorem trajectory_exists (X0 : 'M[F]_(m, r)) (Th0 : 'M[F]_r) : Stiefel X0 ->
  exists (X : nat -> 'M[F]_(m, r)) (Th : nat -> 'M[F]_r),
  [/\ X 0%N = X0, Th 0%N = Th0, forall t, polar_step U sig T eta (X t) (Th t) (X t.+1) &
      forall t, Th t.+1 = magnitude_step U sig T (X t.+1) (Th t)] /\
  forall X' Th', X' 0%N = X0 -> Th' 0%N = Th0 -> (forall t, polar_step U sig T eta (X' t) (Th' t) (X' t.+1)) ->
    (forall t, Th' t.+1 = magnitude_step U sig T (X' t.+1) (Th' t)) -> forall t, X' t = X t /\ Th' t = Th t.
Proof.
move=> XX; pose p := traj U sig T eta X0 Th0.
exists (fun t => (p t).1), (fun t => (p t).2); split=> [|X' Th' hX hT hs hm t].
  by split=> // t; case: (traj_ok U sig T eta Th0 t XX).
by have := traj_uniq XX hX hT hs hm t; rewrite /p => ->.
Qed.
End Existence.

Print Assumptions population_rate.
Print Assumptions population_magnitude.
Print Assumptions population_trajectory.
Print Assumptions population_linear_convergence.
Print Assumptions population_monotone_loss.
Print Assumptions population_strict_loss.
Print Assumptions population_sharp_rate.
Print Assumptions population_sharp_trajectory.
Print Assumptions population_sharp_convergence.
Print Assumptions one_sided_rate.
Print Assumptions one_sided_linear_convergence.
Print Assumptions one_sided_sharp_rate.
Print Assumptions one_sided_sharp_convergence.
Print Assumptions rip_two_consequences.
Print Assumptions finite_sample_step.
Print Assumptions finite_sample_no_overshoot.
Print Assumptions finite_sample_trajectory.
Print Assumptions finite_sample_linear_convergence.
Print Assumptions gd_lower_bound_step.
Print Assumptions gd_lower_bound.
Print Assumptions imbalance_drift.
Print Assumptions modified_step_invariance.
Print Assumptions gradient_is_derivative.
Print Assumptions magnitude_step_is_gradient_step.
Print Assumptions riemannian_gradient.
Print Assumptions spectral_theorem.
Print Assumptions polar_step_exists.
Print Assumptions step_exists.
Print Assumptions trajectory_exists.
