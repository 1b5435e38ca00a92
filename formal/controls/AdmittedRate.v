(* Control: the one-step rate of the population with a gain one tenth larger. Nobody could prove
   it, so it is admitted. *)
From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions Theorems.
Set Implicit Arguments.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Theorem admitted_rate (R : realFieldType) (m r k : nat) (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (sk s1 eta l : R)
    (X Y : 'M[R]_(m, r)) :
  Stiefel U -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) -> 0 < eta -> eta * s1 ^+ 2 <= 1 ->
  Stiefel X -> 0 < l -> l < 1 -> lambda_min_ge U X l ->
  orthonormal_step U sig (@population R m) eta X (exact_magnitude U sig X) Y ->
  lambda_min_ge U Y (l^-1 - (* wrong: *) 11%:R / 10%:R * (* instead of: *) population_gain sk s1 eta l)^-1.
Proof.
(* wrong: *)
Admitted.
(* instead of:
by move=> h1 h2 h3 h4 h5 h6 h7 h8 h9 h10 h11; case: (population_rate h1 h2 h3 h4 h5 h6 h7 h8 h9 h10 h11).
Qed.
*)
