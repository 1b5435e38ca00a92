(* Control: a true theorem by excluded middle, which is an axiom of classical logic in Coq; none of the
   book's theorems uses it. *)
From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions Theorems.
(* wrong: *) Require Import Classical. (* instead of: *)
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Theorem decided (R : realFieldType) (x : R) : x = 0 \/ x <> 0.
Proof.
(* wrong: *) exact: classic. (* instead of: by case: (eqVneq x 0) => [->|/eqP]; [left | right]. *)
Qed.
