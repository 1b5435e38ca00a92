(* Control: the imbalance after the modified step with a lower bound one tenth larger, 1.65 p in the place of 1.5 p,
   proved from the true one. It is false: 1.5 p is the smallest eigenvalue where p is the norm of
   F G^T. *)
From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions Theorems.
Set Implicit Arguments.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Theorem imbalance_too_large (R : realFieldType) (m n r d : nat) (beta p : R)
    (F : 'M[R]_(m, r)) (G : 'M[R]_(n, r)) (F' : 'M[R]_(m, d)) (G' : 'M[R]_(n, d)) :
  modified_step beta F G F' G' -> 0 < p -> beta ^+ 2 = 2%:R * p ->
  (forall v, nrm2 (F *m G^T *m v) <= p ^+ 2 * nrm2 v) ->
  forall v, (* wrong: *) 33%:R / 20%:R (* instead of: 3%:R / 2%:R *) * p * nrm2 v <= qf (imbalance F' G') v.
Proof. by move=> h1 h2 h3 h4 v; case: (modified_step_invariance h1 h2 h3 h4) => _ _ _ /(_ v)/andP[]. Qed.
