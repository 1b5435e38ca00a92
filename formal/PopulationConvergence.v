(* With eta s1^2 <= 1/2 the gain is at least (2/3) eta sk^2 (1 - l), so q_t = 1/l_t - 1 falls by the factor 1 -
   (2/3) eta sk^2 l_t or more, and the loss goes to zero linearly from any start with l_0 > 0. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct FrobeniusNorm Alignment PopulationStep Residual.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma population_gain_lower (R : realFieldType) (l s1 sk eta : R) :
  0 < l -> l < 1 -> 0 < eta -> eta * s1 ^+ 2 <= 2%:R^-1 ->
  2%:R / 3%:R * (eta * sk ^+ 2) * (1 - l) <= population_gain sk s1 eta l.
Proof.
move=> l0 l1 e0; rewrite /population_gain; set x := eta * s1 ^+ 2 => hx.
have x0 : 0 <= x by rewrite mulr_ge0 ?sqr_ge0 // ltW.
have c0 : 0 < 1 - l by rewrite subr_gt0.
have c0' := ltW c0; have e0' := ltW e0; have l0' := ltW l0.
have p1 : 0 < (1 + x * (1 - l)) ^+ 2.
  apply: exprn_gt0; apply: ltr_paddr; last exact: ltr01.
  by apply: mulr_ge0 => //; apply: ltW.
rewrite ler_pdivl_mulr // -subr_ge0.
have y0 : 0 <= 2%:R * (eta * sk ^+ 2) * (1 - l) / 3%:R.
  by pos.
rewrite -subr_ge0 in hx.
pose d := 2%:R^-1 - x.
have h : 0 <= 3%:R * (1 - x * (1 + l) / 2%:R) - (1 + x * (1 - l)) ^+ 2.
  have e : 3%:R * (1 - x * (1 + l) / 2%:R) - (1 + x * (1 - l)) ^+ 2
    = l * (3%:R - l) / 4%:R + d * (3%:R * (1 + l) / 2%:R + (1 - l) * (2%:R + (1 - l) * (2%:R^-1 + x))).
    by rewrite /d; field.
  have l3 : 0 <= 3%:R - l.
    by rewrite subr_ge0 (le_trans (ltW l1)) // ler1n.
  have i2 : 0 <= 2%:R^-1 :> R by rewrite invr_ge0 ler0n.
  have ll : 0 <= 1 + l := addr_ge0 ler01 (ltW l0).
  rewrite e addr_ge0 //.
    by pos.
  apply: mulr_ge0 => //; apply: addr_ge0; first by rewrite !mulr_ge0 ?ler0n.
  apply: mulr_ge0; first exact: ltW.
  apply: addr_ge0; first exact: ler0n.
  by apply: mulr_ge0; [apply: ltW | apply: addr_ge0].
have := mulr_ge0 y0 h; congr (0 <= _); by field.
Qed.

Section Convergence.
Variables (R : realFieldType) (m r k : nat).
Variables (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (sk s1 eta : R).

Theorem linear_convergence (X : nat -> 'M[R]_(m, r)) (Th : nat -> 'M[R]_r) (l0 : R) :
  U^T *m U = 1%:M ->
  0 < sk -> sk <= s1 ->
  (forall i, sk <= sig 0 i <= s1) ->
  0 < eta -> eta * s1 ^+ 2 <= 2%:R^-1 ->
  (X 0%N)^T *m X 0%N = 1%:M ->
  0 < l0 -> l0 < 1 -> lambda_min_ge U (X 0%N) l0 ->
  Th 0%N = exact_magnitude U sig (X 0%N) ->
  (forall t, orthonormal_step U sig (@population R m) eta (X t) (Th t) (X t.+1)) ->
  (forall t, Th t.+1 = magnitude_step U sig (@population R m) (X t.+1) (Th t)) ->
  forall t,
  fro2 (residual U sig (X t) (Th t))
  <= 2%:R * (l0^-1 - 1) * (1 - 2%:R / 3%:R * (eta * sk ^+ 2) * l0) ^+ t
     * fro2 (target U sig).
Proof.
move=> UU sk0 sks hs e0 hx X0 l00 l01 Xl Th0 st mt.
have s10 := lt_le_trans sk0 sks.
have slo i : sk <= sig 0 i by case/andP: (hs i).
have shi i : sig 0 i <= s1 by case/andP: (hs i).
have x1 : eta * s1 ^+ 2 <= 1.
  by apply: le_trans hx _; rewrite invf_le1 ?ltr0n // ler1n.
have tr := trajectory UU sk0 s10 sks slo shi e0 x1 X0 l00 l01 Xl Th0 st mt.
pose ls := lower_bound (population_gain sk s1 eta) l0.
pose q := 1 - 2%:R / 3%:R * (eta * sk ^+ 2) * l0.
pose y := 2%:R / 3%:R * (eta * sk ^+ 2).
have e0' := ltW e0.
have y0 : 0 <= y by rewrite /y; pos.
have stp t : (ls t.+1)^-1 - 1 <= ((ls t)^-1 - 1) * (1 - y * ls t).
  have [h0 h1 _ _ _] := tr t.
  have := population_gain_lower sk h0 h1 e0 hx; rewrite -/ls -/y.
  rewrite /ls /= invrK -/(ls t) => h; rewrite -subr_ge0 in h.
  rewrite -subr_ge0; move: h; congr (0 <= _).
  by field; rewrite gt_eqF.
have mono t : l0 <= ls t.
  elim: t => [|t ih] //; apply: le_trans ih _.
  have [h0 h1 _ _ _] := tr t; have [h0' h1' _ _ _] := tr t.+1.
  rewrite -lef_pinv ?posrE //.
  have g0 : 0 <= (ls t)^-1 - 1 by rewrite subr_ge0 invf_ge1 // ltW.
  rewrite -(ler_add2r (-1)); apply: le_trans (stp t) _.
  by rewrite ler_pimulr // ler_subl_addr ler_addl mulr_ge0 // ltW.
have q0 : 0 <= q.
  have [h0 h1 _ _ _] := tr 1%N.
  have := stp 0%N; rewrite /ls -/(ls 1%N) -[lower_bound _ _ 0]/l0.
  have g1 : 0 < (ls 1%N)^-1 - 1 by rewrite subr_gt0 invf_gt1.
  move=> h; have := lt_le_trans g1 h.
  by rewrite pmulr_rgt0; [apply: ltW | rewrite subr_gt0 invf_gt1].
have geo t : (ls t)^-1 - 1 <= (l0^-1 - 1) * q ^+ t.
  elim: t => [|t ih]; first by rewrite expr0 mulr1.
  have [h0 h1 _ _ _] := tr t.
  have g0 : 0 <= (ls t)^-1 - 1 by rewrite subr_ge0 invf_ge1 // ltW.
  apply: le_trans (stp t) _; apply: le_trans (_ : ((ls t)^-1 - 1) * q <= _).
    by apply: ler_wpmul2l => //; rewrite ler_sub // ler_wpmul2l.
  by rewrite exprSr mulrA; apply: ler_wpmul2r.
move=> t; have [h0 h1 hX hT hl] := tr t.
rewrite hT.
apply: le_trans (residual_bound sig UU hX hl) _.
apply: ler_wpmul2r; first exact: fro2_ge0.
rewrite -mulrA; apply: ler_wpmul2l; first exact: ler0n.
apply: le_trans _ (geo t).
rewrite -/(ls t); rewrite -/(ls t) in h0 h1; move: (ls t) h0 h1 => z h0 h1.
rewrite -subr_ge0 (_ : _ - _ = (1 - z) ^+ 2 / z).
  by apply: divr_ge0; [exact: sqr_ge0 | exact: (ltW h0)].
by field; rewrite gt_eqF.
Qed.
End Convergence.
