(* Control: the drift of the imbalance with a sum in the place of the difference, proved from the true one. It is false
   already for numbers: with A = 0, F = G = 1 and T(Z) = Z the drift is 0. *)
From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions Theorems.
Set Implicit Arguments.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Theorem drift_without_difference (R : realFieldType) (m n r : nat) (A : 'M[R]_(m, n))
    (T : 'M[R]_(m, n) -> 'M[R]_(m, n)) (eta : R) (F : 'M[R]_(m, r)) (G : 'M[R]_(n, r)) :
  let Z := measured_residual A T F G in
  imbalance (left_step A T eta F G) (right_step A T eta F G) - imbalance F G
  = eta ^+ 2 *: (G^T *m Z^T *m Z *m G (* wrong: *) + (* instead of: - *) F^T *m Z *m Z^T *m F).
Proof. exact: imbalance_drift. Qed.
