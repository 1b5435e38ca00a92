(* Control: the strict decrease of the loss for steps one tenth longer, up to 2.2/s1^2, proved from the true one. It is
   false: beyond 2/s1^2 the loss can grow. *)
From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions Theorems.
Set Implicit Arguments.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Theorem loss_step_too_long (R : realFieldType) (m r k : nat) (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (s1 eta : R)
    (X Y : 'M[R]_(m, r)) :
  Stiefel U -> 0 < s1 -> (forall i, 0 <= sig 0 i <= s1) -> 0 < eta ->
  eta * s1 ^+ 2 <= (* wrong: *) 11%:R / 5%:R (* instead of: 2%:R *) ->
  Stiefel X -> orthonormal_step U sig (@population R m) eta X (exact_magnitude U sig X) Y ->
  rgradient U sig (@population R m) X (exact_magnitude U sig X) != 0 ->
  population_loss U sig Y < population_loss U sig X
    - eta * (1 - eta * s1 ^+ 2 / 2%:R) * fro2 (rgradient U sig (@population R m) X (exact_magnitude U sig X)).
Proof. exact: population_strict_loss. Qed.
