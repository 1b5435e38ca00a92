(* The scalar inequality br >= den^2 / 3 of Step 10: with v = nu, l = 1 - v^2, theta = 7 v/40, psi = 9/200, phi = 9
   (1 - v^2/2)/200 (the book has 9 sqrt(l)/200, which is at most that), for 0 <= x = eta s1^2 <= 1/2. It is
   monotone in x; at x = 1/2 it is a polynomial of degree 6 in v whose Bernstein coefficients on [0, 1] are
   positive: that is the certificate below, printed by bernstein_certificate.py. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section ScalarInequality.
Variable R : realFieldType.

(* theta, psi, phi, br, den of Steps 6, 9 and 10 *)
Definition th_ (v : R) : R := 7%:R / 40%:R * v.
Definition ps_ : R := 9%:R / 200%:R.
Definition ph_ (v : R) : R := ps_ * (1 - v ^+ 2 / 2%:R).
Definition br_ (l th ph ps x : R) : R :=
  2%:R * (1 - th - ph * (1 + th)) - x * (1 + th) ^+ 2 * (1 + l * (1 + ps) ^+ 2).
Definition den_ (v x : R) : R := 1 + x * v ^+ 2 * (1 + ps_) * (1 + th_ v).

Ltac ppos := solve [by rewrite ler0n | assumption | apply: exprn_ge0; assumption
  | apply: mulr_ge0; ppos | apply: addr_ge0; ppos].

Lemma ps_ge0 : 0 <= ps_. Proof. by rewrite /ps_; pos. Qed.
Lemma th_ge0 v : 0 <= v -> 0 <= th_ v. Proof. by move=> h; rewrite /th_; pos. Qed.
Lemma ph_ge0 v : 0 <= v -> v <= 1 -> 0 <= ph_ v.
Proof.
move=> h h1; apply: mulr_ge0; first exact: ps_ge0.
rewrite subr_ge0 ler_pdivr_mulr ?ltr0n // mul1r.
by apply: le_trans (_ : 1 <= _); [apply: exprn_ile1 | rewrite ler1n].
Qed.

(* at x = 1/2: the certificate, printed by bernstein_certificate.py *)
Lemma bern6 (v w : R) : 0 <= v -> 0 <= w -> w = 1 - v ->
  0 <= 3%:R * br_ (1 - v ^+ 2) (th_ v) (ph_ v) ps_ 2%:R^-1 - den_ v 2%:R^-1 ^+ 2.
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

(* and for every x in [0, 1/2] *)
Lemma scalar_inequality (v x : R) : 0 <= v -> v <= 1 -> 0 <= x -> x <= 2%:R^-1 ->
  den_ v x ^+ 2 <= 3%:R * br_ (1 - v ^+ 2) (th_ v) (ph_ v) ps_ x.
Proof.
move=> v0 v1 x0 x1.
have w0 : 0 <= 1 - v by rewrite subr_ge0.
have h := bern6 v0 w0 erefl.
have d0 : 0 <= 2%:R^-1 - x by rewrite subr_ge0.
have a0 := ps_ge0; have b0 := th_ge0 v0.
have l0 : 0 <= 1 - v ^+ 2 by rewrite subr_ge0 exprn_ile1.
pose K := v ^+ 2 * (1 + ps_) * (1 + th_ v).
have K0 : 0 <= K by rewrite /K; pos.
have i2 : 0 <= 2%:R^-1 :> R by pos.
have h2 : 0 <= 3%:R * ((2%:R^-1 - x) * (1 + th_ v) ^+ 2 * (1 + (1 - v ^+ 2) * (1 + ps_) ^+ 2))
  + (2%:R^-1 - x) * K * (2%:R + (2%:R^-1 + x) * K) by pos.
rewrite -subr_ge0; have := addr_ge0 h h2; congr (0 <= _).
rewrite /K /br_ /den_; move: (th_ v) (ph_ v) ps_ => t f s; by field.
Qed.
End ScalarInequality.
