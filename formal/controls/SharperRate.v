(* Control: the sharp one-step rate of the population with n one tenth larger, proved from the true one. *)
From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions Theorems.
Set Implicit Arguments.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Theorem sharper_rate (R : realFieldType) (m r k : nat) (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (sk s1 eta l : R)
    (X Y : 'M[R]_(m, r)) :
  Stiefel U -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) -> 0 < eta -> eta * s1 ^+ 2 <= 2%:R ->
  Stiefel X -> 0 < l -> l < 1 -> lambda_min_ge U X l ->
  orthonormal_step U sig (@population R m) eta X (exact_magnitude U sig X) Y ->
  lambda_min_ge U Y (1 + (1 - (* wrong: *) 11%:R / 10%:R * (* instead of: *) shrinkage sk s1 eta l) ^+ 2 * (l^-1 - 1))^-1.
Proof.
by move=> h1 h2 h3 h4 h5 h6 h7 h8 h9 h10 h11; case: (population_sharp_rate h1 h2 h3 h4 h5 h6 h7 h8 h9 h10 h11).
Qed.
