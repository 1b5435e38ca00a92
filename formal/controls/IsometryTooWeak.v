(* Control: the end-to-end theorem with a weaker restricted isometry, delta up to l_0 sk/(29 ||A||_F), and the
   same proof. *)
From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions PopulationStep PopulationConvergence MonotoneLoss OneSided FiniteSamples
  RestrictedIsometry EndToEnd SpectralTheorem PolarFactor Gradients.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section FiniteSamples.
Variables (F : rcfType) (m n r k : nat) (U : 'M[F]_(m, k)) (sig : 'rV[F]_k) (sk s1 eta delta : F).
Notation A := (target U sig).
Notation a := (Num.sqrt (fro2 A)).

Theorem delta_too_large (Ms : 'I_n -> 'M[F]_m) (X : nat -> 'M[F]_(m, r))
    (Th : nat -> 'M[F]_r) (l0 : F) :
  let T := normal_operator Ms in
  Stiefel U -> (0 < k)%N -> 0 < sk -> (forall i, sk <= sig 0 i <= s1) ->
  (forall i, (Ms i)^T = Ms i) -> 0 <= delta -> RIP Ms (r + k + 1) delta ->
  0 < eta -> eta * s1 ^+ 2 <= 2%:R^-1 ->
  0 < l0 -> l0 <= 15%:R / 16%:R -> delta * a <= l0 * sk / (* wrong: *) 29%:R (* instead of: 32%:R *) ->
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
