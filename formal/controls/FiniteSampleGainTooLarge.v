(* Control: the scalar inequality of Step 10 with the gain one tenth larger, 11/30 in the place of 1/3, and the same
   certificate. It is false: the smallest br/den^2 is 0.348, at nu = 1. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct ScalarInequality.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section TooLarge.
Variable R : realFieldType.
Notation ps_ := (ps_ R).

Ltac ppos := solve [by rewrite ler0n | assumption | apply: exprn_ge0; assumption
  | apply: mulr_ge0; ppos | apply: addr_ge0; ppos].

Lemma gain_too_large (v w : R) : 0 <= v -> 0 <= w -> w = 1 - v ->
  0 <= (* wrong: *) 30%:R / 11%:R (* instead of: 3%:R *)
    * br_ (1 - v ^+ 2) (th_ v) (ph_ v) ps_ 2%:R^-1 - den_ v 2%:R^-1 ^+ 2.
Proof.
move=> v0 w0 wE.
have h : 0 <= (((407%:R * 1000%:R + 542%:R) * 1000%:R + 400%:R) * w ^+ 6
   + (((1%:R * 1000%:R + 883%:R) * 1000%:R + 190%:R) * 1000%:R + 240%:R) * v ^+ 1 * w ^+ 5
   + (((3%:R * 1000%:R + 464%:R) * 1000%:R + 590%:R) * 1000%:R + 586%:R) * v ^+ 2 * w ^+ 4
   + (((3%:R * 1000%:R + 283%:R) * 1000%:R + 308%:R) * 1000%:R + 104%:R) * v ^+ 3 * w ^+ 3
   + (((1%:R * 1000%:R + 724%:R) * 1000%:R + 99%:R) * 1000%:R + 810%:R) * v ^+ 4 * w ^+ 2
   + ((461%:R * 1000%:R + 479%:R) * 1000%:R + 492%:R) * v ^+ 5 * w ^+ 1
   + ((29%:R * 1000%:R + 604%:R) * 1000%:R + 671%:R) * v ^+ 6) / (256%:R * 1000%:R * 1000%:R).
  by apply: mulr_ge0; [ppos | rewrite invr_ge0; pos].
move: h; congr (0 <= _); rewrite wE /br_ /den_ /ph_ /th_ /ps_; by field.
Qed.
End TooLarge.
