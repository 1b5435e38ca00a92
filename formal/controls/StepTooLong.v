(* Control: the rate of the population for steps one tenth longer, up to 1.1/s1^2, and the same proof. *)
From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions PopulationStep PopulationConvergence MonotoneLoss OneSided FiniteSamples
  RestrictedIsometry EndToEnd SpectralTheorem PolarFactor Gradients.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Population.
Variables (R : realFieldType) (m r k : nat) (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (sk s1 eta : R).
Notation A := (target U sig).
Notation T := (@population R m).

Theorem step_too_long (X Y : 'M[R]_(m, r)) (l : R) :
  Stiefel U -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= (* wrong: *) 11%:R / 10%:R (* instead of: 1 *) ->
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
End Population.
