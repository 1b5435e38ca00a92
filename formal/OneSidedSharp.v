(* The sharp rate with one factor on the Stiefel manifold and the other free, for all step sizes up to 2/s1^2: the
   argument of SharpRate.v with the constant M = Sigma^2 >= sk^2 in the place of M >= l sk^2. So the rate does not wait
   for the alignment: 1/l - 1 falls by the factor (1 - rho(l_0))^2 or more in every step. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct FrobeniusNorm Alignment HorizontalStep SharpRate OneSided.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* rho(l) = min(z/(1 + z (1 - l)), 2 - eta s1^2) with z = eta sk^2 *)
Section Choice.
Variables (R : realFieldType) (sk s1 eta : R).
Hypothesis sk0 : 0 < sk.
Hypothesis sks1 : sk <= s1.
Hypothesis eta0 : 0 < eta.
Hypothesis x2 : eta * s1 ^+ 2 <= 2%:R.
Notation z := (eta * sk ^+ 2).
Notation x := (eta * s1 ^+ 2).
Notation rho := (one_sided_shrinkage sk s1 eta).

Lemma z_gt0 : 0 < z. Proof. by rewrite mulr_gt0 // exprn_gt0. Qed.
Lemma z_le : z <= x. Proof. exact: yx. Qed.
Lemma den_gt0 l : l < 1 -> 0 < 1 + z * (1 - l).
Proof. by move=> l1; rewrite addr_gt0 ?ltr01 // mulr_gt0 ?z_gt0 // subr_gt0. Qed.
Lemma rho_first l : l < 1 -> rho l * (1 + z * (1 - l)) <= z.
Proof. by move=> l1; rewrite -ler_pdivl_mulr ?den_gt0 // /one_sided_shrinkage le_minl lexx. Qed.
Lemma rho_second l : x <= 2%:R - rho l.
Proof. by rewrite ler_subr_addl -ler_subr_addr /one_sided_shrinkage le_minl lexx orbT. Qed.
Lemma rho_ge0 l : l < 1 -> 0 <= rho l.
Proof.
move=> l1; rewrite /one_sided_shrinkage le_minr subr_ge0 x2 andbT.
by apply: divr_ge0; [exact: ltW z_gt0 | exact: ltW (den_gt0 l1)].
Qed.
Lemma rho_lt1 l : l < 1 -> rho l < 1.
Proof.
move=> l1; have [x1|x1] := leP x 1; last first.
  have := rho_second l; rewrite ler_subr_addl -ler_subr_addr => h; apply: le_lt_trans h _.
  by rewrite ltr_subl_addl -[2%:R]/(1 + 1 : R) ltr_add2r.
rewrite /one_sided_shrinkage lt_minl ltr_pdivr_mulr ?den_gt0 // mul1r.
apply/orP; left; apply: le_lt_trans (le_trans z_le x1) _.
by rewrite ltr_addl mulr_gt0 ?z_gt0 // subr_gt0.
Qed.
(* rho increases with l *)
Lemma rho_mono l l' : l <= l' -> l' < 1 -> rho l <= rho l'.
Proof.
move=> ll l1; have l1' := le_lt_trans ll l1.
rewrite /one_sided_shrinkage le_minr; apply/andP; split; last by rewrite le_minl lexx orbT.
rewrite le_minl; apply/orP; left; apply: ler_wpmul2l; first exact: ltW z_gt0.
rewrite lef_pinv ?posrE ?den_gt0 // ler_add2l; apply: ler_wpmul2l; first exact: ltW z_gt0.
by rewrite ler_sub.
Qed.
End Choice.

Section Step.
Variables (R : realFieldType) (m n r k : nat).
Variables (U : 'M[R]_(m, k)) (V : 'M[R]_(n, k)) (sig : 'rV[R]_k) (sk s1 eta : R).
Notation A := (rectangular_target U V sig).
Notation Sg := (diag_mx sig).
Notation M := (Sg *m Sg).
Hypothesis UU : U^T *m U = 1%:M.
Hypothesis VV : V^T *m V = 1%:M.
Hypothesis sk0 : 0 < sk.
Hypothesis sks1 : sk <= s1.
Hypothesis sighl : forall i, sk <= sig 0 i <= s1.
Hypothesis eta0 : 0 < eta.
Hypothesis x2 : eta * s1 ^+ 2 <= 2%:R.

Let slo i : sk <= sig 0 i. Proof. by case/andP: (sighl i). Qed.
Let s10 : 0 < s1. Proof. exact: lt_le_trans sks1. Qed.

Theorem sharp_step (X Y : 'M[R]_(m, r)) (l : R) :
  X^T *m X = 1%:M -> one_sided_step U V sig eta X (A^T *m X) Y -> 0 < l -> l < 1 -> lambda_min_ge U X l ->
  [/\ 0 < one_sided_level sk s1 eta l, one_sided_level sk s1 eta l < 1, Y^T *m Y = 1%:M &
      lambda_min_ge U Y (one_sided_level sk s1 eta l)].
Proof.
move=> XX XY l0 l1 Xl.
have n1 := rho_lt1 sk0 sks1 eta0 l1; have nl := rho_first s1 sk0 eta0 l1; have nh := rho_second sk s1 eta l.
set p := one_sided_shrinkage sk s1 eta l in n1 nl nh.
have q0 : 0 < l^-1 - 1 by rewrite subr_gt0 invf_gt1.
have p1 : 1 < 1 + (1 - p) ^+ 2 * (l^-1 - 1) by rewrite ltr_addl mulr_gt0 // exprn_gt0 // subr_gt0.
have p0 := lt_trans ltr01 p1.
case: XY => YY [H YE]; rewrite (one_sided_direction U V sig XX) scalerN opprK in YE.
rewrite /one_sided_level -/p; split; [by rewrite invr_gt0 | by rewrite invf_lt1 | by [] |].
move=> w; rewrite -(ler_pmul2l p0) mulrA mulfV ?gt_eqF // mul1r.
have XV : X^T *m ((1%:M - X *m X^T) *m (A *m (A^T *m X))) = 0.
  by rewrite mulmxA mulmxBr mulmx1 (mulmxA X^T X) XX mul1mx subrr mul0mx.
have Vq v : (1%:M - X *m X^T) *m (A *m (A^T *m X)) *m qv U X v = (1%:M - X *m X^T) *m (U *m (M *m v)).
  rewrite -!(mulmxA (1%:M - _)); congr (_ *m _).
  rewrite -(mulmxA A) -(mulmxA A^T) (mulmxA A) (AAT U sig VV) -!(mulmxA U); congr (U *m _).
  by rewrite -(mulmxA M) (UXq l0 Xl).
have XYV : exists H : 'M[R]_r, Y = (X + eta *: ((1%:M - X *m X^T) *m (A *m (A^T *m X)))) *m H by exists H.
have M_lo v : sk ^+ 2 * nrm2 v <= qf M v by rewrite qfM2; apply: (Sg_lo sk0 slo).
have Y0 u : 0 <= qf (alignment U Y) u by rewrite qov nrm2E dot_ge0.
have hi' v : qf (alignment U X) v <= nrm2 v by apply: ov_hi.
have x0 : 0 < eta * s1 ^+ 2 by rewrite mulr_gt0 // exprn_gt0.
exact: (sharp_reduce (ov_sym U X) Xl hi' (M2sym sig) M_lo (M2hi sk0 sks1 sighl)
  l0 l1 eta0 (exprn_gt0 2 sk0) x0 nl nh n1 Y0 (cauchy_schwarz_step UU XX l0 Xl (M2sym sig) XV Vq YY XYV)).
Qed.

Section Traj.
Variables (X : nat -> 'M[R]_(m, r)) (G : nat -> 'M[R]_(n, r)) (Ginit : 'M[R]_(n, r)) (l0 : R).
Hypothesis X0 : (X 0%N)^T *m X 0%N = 1%:M.
Hypothesis l00 : 0 < l0.
Hypothesis l01 : l0 < 1.
Hypothesis Xl0 : lambda_min_ge U (X 0%N) l0.
Hypothesis G0 : G 0%N = free_step U V sig (X 0%N) Ginit.
Hypothesis Xst : forall t, one_sided_step U V sig eta (X t) (G t) (X t.+1).
Hypothesis Gst : forall t, G t.+1 = free_step U V sig (X t.+1) (G t).
Notation ls t := (iter t (one_sided_level sk s1 eta) l0).
Notation rho := (one_sided_shrinkage sk s1 eta).

Theorem sharp_trajectory t :
  [/\ 0 < ls t, ls t < 1, (X t)^T *m X t = 1%:M, lambda_min_ge U (X t) (ls t) & G t = A^T *m X t].
Proof.
elim: t => [|t [h0 h1 hX hl hG]] /=; first by split=> //; rewrite G0 free_step_exact.
have st := Xst t; rewrite hG in st.
have [g1 g2 g3 g4] := sharp_step hX st h0 h1 hl.
by split=> //; rewrite Gst free_step_exact.
Qed.

Theorem sharp_convergence t :
  fro2 (X t *m (G t)^T - A) <= (l0^-1 - 1) * (1 - rho l0) ^+ (2 * t) * fro2 A.
Proof.
have next u : (ls u.+1)^-1 - 1 = (1 - rho (ls u)) ^+ 2 * ((ls u)^-1 - 1).
  by rewrite /= /one_sided_level invrK addrC addKr.
have qp u : 0 <= (ls u)^-1 - 1.
  by have [h0 h1 _ _ _] := sharp_trajectory u; rewrite subr_ge0 invf_ge1 // ltW.
have mono u : l0 <= ls u.
  elim: u => [|u ih] //; apply: le_trans ih _.
  have [h0 h1 _ _ _] := sharp_trajectory u; have [h0' h1' _ _ _] := sharp_trajectory u.+1.
  rewrite -lef_pinv ?posrE // -(ler_add2r (-1)) next ler_pimull //.
  have r0 := rho_ge0 sk0 eta0 x2 h1; have r1 := rho_lt1 sk0 sks1 eta0 h1.
  by rewrite exprn_ile1 ?subr_ge0 ?(ltW r1) // ler_subl_addr ler_addl.
have geo u : (ls u)^-1 - 1 <= (l0^-1 - 1) * (1 - rho l0) ^+ (2 * u).
  elim: u => [|u ih]; first by rewrite muln0 expr0 mulr1.
  have [h0 h1 _ _ _] := sharp_trajectory u.
  rewrite next mulnS exprD mulrCA; apply: ler_pmul; rewrite ?sqr_ge0 ?qp //.
  have r1 := rho_lt1 sk0 sks1 eta0 h1; have r2 := rho_lt1 sk0 sks1 eta0 l01.
  have hh := rho_mono s1 sk0 eta0 (mono u) h1.
  by rewrite ler_expn2r // ?nnegrE ?subr_ge0 ?(ltW r1) ?(ltW r2) // ler_sub.
have [h0 h1 hX hl hG] := sharp_trajectory t.
rewrite hG; apply: le_trans (one_sided_residual sig UU VV hX hl) _.
apply: ler_wpmul2r; first exact: fro2_ge0.
apply: le_trans _ (geo t); move: (ls t) h0 h1 => y h0 h1.
rewrite -subr_ge0 (_ : _ - _ = (1 - y) ^+ 2 / y).
  by apply: divr_ge0; [exact: sqr_ge0 | exact: ltW].
by field; rewrite gt_eqF.
Qed.
End Traj.
End Step.
