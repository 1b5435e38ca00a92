(* Control: a theorem that rests on a statement nobody proved: a hypothesis outside of any section,
   which is an axiom. *)
From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions Theorems.
Set Implicit Arguments.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Definition magnitude_is_exact : Prop := forall (R : realFieldType) (m r k : nat) (U : 'M[R]_(m, k)) sig
  (Y : 'M[R]_(m, r)) (Th : 'M[R]_r), Stiefel Y -> magnitude_step U sig (@population R m) Y Th = exact_magnitude U sig Y.
(* wrong: *)
Hypothesis assumed : magnitude_is_exact.
(* instead of:
Lemma assumed : magnitude_is_exact.
Proof. by move=> *; exact: population_magnitude. Qed.
*)
Theorem rests_on_assumption (R : realFieldType) (m r k : nat) (U : 'M[R]_(m, k)) sig (Y : 'M[R]_(m, r)) (Th : 'M[R]_r) :
  Stiefel Y -> magnitude_step U sig (@population R m) Y Th = exact_magnitude U sig Y.
Proof. exact: assumed. Qed.
