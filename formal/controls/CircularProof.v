(* Control: a circular proof, let through by switching the check of recursion off. *)
From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions Theorems.
(* wrong: *) Unset Guard Checking. (* instead of: *)
Fixpoint anything (n : nat) : (* wrong: *) 0 = 1 := anything n. (* instead of: 0 = 0 := erefl. *)
Theorem circular : (* wrong: *) 0 = 1. (* instead of: 0 = 0. *)
Proof. exact: (anything 0). Qed.
