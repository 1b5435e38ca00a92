(* Control: the sharp one-step rate of one-sided weight normalization with rho one tenth larger, proved from the true
   one. *)
From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions Theorems.
Set Implicit Arguments.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Theorem one_sided_sharper_rate (R : realFieldType) (m n r k : nat) (U : 'M[R]_(m, k)) (V : 'M[R]_(n, k))
    (sig : 'rV[R]_k) (sk s1 eta l : R) (X Y : 'M[R]_(m, r)) :
  Stiefel U -> Stiefel V -> 0 < sk -> sk <= s1 -> (forall i, sk <= sig 0 i <= s1) -> 0 < eta -> eta * s1 ^+ 2 <= 2%:R ->
  Stiefel X -> 0 < l -> l < 1 -> lambda_min_ge U X l ->
  one_sided_step U V sig eta X ((rectangular_target U V sig)^T *m X) Y ->
  lambda_min_ge U Y
    (1 + (1 - (* wrong: *) 11%:R / 10%:R * (* instead of: *) one_sided_shrinkage sk s1 eta l) ^+ 2 * (l^-1 - 1))^-1.
Proof.
by move=> h1 h2 h3 h4 h5 h6 h7 h8 h9 h10 h11 h12; case: (one_sided_sharp_rate h1 h2 h3 h4 h5 h6 h7 h8 h9 h10 h11 h12).
Qed.
