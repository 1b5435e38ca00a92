(* Theorem F along the whole trajectory, for any T that satisfies (R1) and (R2): the error of the magnitude Xi =
   X^T A X - Theta keeps up with the alignment (Steps 1, 12, 13), so that the induction closes (Steps 14, 15), and
   the residual goes to zero linearly. Step 12 has the constants 0.96 and 2.1 here, cruder than the book's 0.703
   and 1.53. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Contraction CoreInequality Alignment FrobeniusNorm Residual
  OperatorNorm PerturbedInequality ScalarInequality FiniteSampleStep NoOvershoot.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section One.
Variables (R : realFieldType) (m r k : nat).
Variables (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (sk s1 eta l nu a delta : R) (T : 'M[R]_m -> 'M[R]_m).
Hypothesis UU : U^T *m U = 1%:M.
Hypothesis sk0 : 0 < sk.
Hypothesis sks1 : sk <= s1.
Hypothesis siglo : forall i, sk <= sig 0 i.
Hypothesis sighi : forall i, sig 0 i <= s1.
Hypothesis eta0 : 0 < eta.
Hypothesis x12 : eta * s1 ^+ 2 <= 2%:R^-1.
Hypothesis d0 : 0 <= delta.
Hypothesis d32 : delta <= 32%:R^-1.
Hypothesis a0 : 0 <= a.
Hypothesis a2 : a ^+ 2 = fro2 (target U sig).
Hypothesis TR : two_consequences r U sig T delta.
Notation A := (target U sig).

(* Step 1: the residual is orthogonal to X Xi X^T *)
Lemma residual_pythagoras (X : 'M[R]_(m, r)) (Th : 'M[R]_r) l' : X^T *m X = 1%:M -> lambda_min_ge U X l' ->
  fro2 (residual U sig X Th) <= 2%:R * (1 - l') * a ^+ 2 + fro2 (Xi U sig X Th).
Proof.
move=> XX Xl.
have e : residual U sig X Th = residual U sig X (exact_magnitude U sig X) + X *m (- Xi U sig X Th) *m X^T.
  rewrite /Xi opprB mulmxBr mulmxBl /residual.
  move: (X *m Th *m X^T) (X *m exact_magnitude U sig X *m X^T) (A) => x y z.
  by apply/matrixP => i j; rewrite !mxE; move: (x i j) (y i j) (z i j) => p q s; ring.
rewrite e fro2_add (fro2_St _ XX) fro2N; move: (- _) => C.
have -> : \tr (residual U sig X (exact_magnitude U sig X) *m (X *m C *m X^T)^T) = 0.
  have : X^T *m (residual U sig X (exact_magnitude U sig X) *m X) = 0.
    rewrite /residual /exact_magnitude; move: (A) => M.
    by rewrite mulmxBl mulmxBr -!mulmxA XX mulmx1 (mulmxA X^T X) XX mul1mx subrr.
  move: (residual _ _ _ _) => M M0.
  by rewrite !trmx_mul trmxK (mulmxA M) mxtrace_mulC -mulmxA M0 mulmx0 linear0.
rewrite mulr0 addr0 ler_add2r a2; exact: residual_bound.
Qed.

Lemma Xi_next (Y : 'M[R]_(m, r)) (Th : 'M[R]_r) : Y^T *m Y = 1%:M ->
  let Z := residual U sig Y Th in
  Xi U sig Y (magnitude_step U sig T Y Th) = Y^T *m (T Z - Z) *m Y.
Proof.
move=> YY Z; rewrite mulmxBr mulmxBl /Xi /magnitude_step -/Z.
have -> : Y^T *m Z *m Y = Th - exact_magnitude U sig Y.
  rewrite /Z /residual mulmxBr mulmxBl /exact_magnitude !mulmxA YY mul1mx -!mulmxA YY mulmx1.
  by [].
move: (_ *m Y) (exact_magnitude U sig Y) => x y.
by rewrite !opprB addrCA.
Qed.

Variables (X : 'M[R]_(m, r)) (Th : 'M[R]_r).
Hypothesis XX : X^T *m X = 1%:M.
Hypothesis Ths : Th^T = Th.
Hypothesis l0 : 0 < l.
Hypothesis l1 : l < 1.
Hypothesis Xl : lambda_min_ge U X l.
Hypothesis nu0 : 0 <= nu.
Hypothesis nu2 : nu ^+ 2 = 1 - l.
Hypothesis al1 : delta * a <= l * sk / 32%:R.
Hypothesis Xifro : fro2 (Xi U sig X Th) <= 16%:R * delta ^+ 2 * a ^+ 2 * (1 - l).
Notation Z := (residual U sig X Th).
Notation E := (T Z - Z).
Notation l' := (l^-1 - finite_sample_gain sk eta l)^-1.

Let al0 : 0 <= delta * a. Proof. exact: mulr_ge0. Qed.

Lemma Xi_op : opb (Xi U sig X Th) (4%:R * (delta * a) * nu).
Proof.
apply: fro2_op; first by rewrite !mulr_ge0 ?ler0n.
apply: le_trans Xifro _; rewrite -nu2 le_eqVlt; apply/orP; left; apply/eqP; ring.
Qed.

(* Step 1 *)
Lemma Z_fro : fro2 Z <= (71%:R / 50%:R) ^+ 2 * a ^+ 2 * (1 - l).
Proof.
apply: le_trans (residual_pythagoras Th XX Xl) _.
have c0 : 0 <= 1 - l by rewrite subr_ge0 ltW.
have hd : delta ^+ 2 <= 32%:R^-1 ^+ 2.
  by apply: ler_expn2r => //; rewrite nnegrE ?invr_ge0 ?ler0n.
have h := Xifro; rewrite -subr_ge0 in h; rewrite -subr_ge0 in hd; rewrite -subr_ge0.
have i0 : 0 <= (40%:R * 1000%:R)^-1 :> R by rewrite invr_ge0; pos.
have h2 : 0 <= 16%:R * a ^+ 2 * (1 - l) * (32%:R^-1 ^+ 2 - delta ^+ 2)
   + 31%:R * (40%:R * 1000%:R)^-1 * a ^+ 2 * (1 - l).
  by have a2' := sqr_ge0 a; pos.
by have := addr_ge0 h h2; congr (0 <= _); field.
Qed.

Lemma E_sym : E^T = E. Proof. by case: (TR XX Ths). Qed.
Lemma E_op : opb E (71%:R / 50%:R * (delta * a) * nu).
Proof.
split=> [|v]; first by pos.
case: (TR XX Ths) => _ h _; apply: le_trans (h v) _.
have hz := Z_fro; rewrite -subr_ge0 in hz; rewrite -subr_ge0.
have v0 := nrm2_ge0 v; have dd := sqr_ge0 delta.
have := mulr_ge0 (mulr_ge0 dd v0) hz; congr (0 <= _); rewrite -nu2; ring.
Qed.

Lemma gradXE : gradient U sig T X Th = perturbed_gradient U sig E X Th.
Proof.
by rewrite /gradient /perturbed_gradient -/(residual U sig X Th) addrC subrK.
Qed.

Variable Y : 'M[R]_(m, r).
Hypothesis XY : polar_step U sig T eta X Th Y.

Lemma Y_prop : [/\ 1 < l^-1 - finite_sample_gain sk eta l, lambda_min_ge U Y l' & Y^T *m Y = 1%:M].
Proof.
apply: (finite_sample_rate UU XX sk0 sks1 siglo sighi eta0 x12 l0 l1 Xl nu0 nu2 Ths E_sym al0 al1 E_op
  (lexx _) Xi_op (lexx _)).
case: XY => YY [H [_ _ YE]]; rewrite /rgradient gradXE in YE.
by split; [exact: YY | exists H; exact: YE].
Qed.

Lemma YX : opb (Y - X) (24%:R / 25%:R * nu).
Proof.
case: XY => YY [H [Hs Hp YE]]; rewrite /rgradient gradXE in YE.
exact: (YX_op UU XX sk0 sks1 siglo sighi eta0 x12 l0 l1 Xl nu0 nu2 Ths E_sym al1 E_op
  (lexx _) Xi_op (lexx _) Hs Hp YE YY).
Qed.

(* Step 12 *)
Lemma XiY : fro2 (Xi U sig Y Th) <= (21%:R / 10%:R * nu * a) ^+ 2.
Proof.
have [_ _ YY] := Y_prop; have yx := YX.
have e : Xi U sig Y Th = Xi U sig X Th + (Y^T *m (A *m (Y - X)) + (Y - X)^T *m (A *m X)).
  rewrite /Xi /exact_magnitude [(Y - X)^T]linearB /=; move: (A) => M.
  rewrite (mulmxBl Y^T) (mulmxBr M) (mulmxBr Y^T) !mulmxA.
  move: (Y^T *m M *m Y) (Y^T *m M *m X) (X^T *m M *m X) => p q s.
  by apply/matrixP => i j; rewrite !mxE; move: (p i j) (q i j) (s i j) (Th i j) => x y z t; ring.
have c24 : 0 <= 24%:R / 25%:R * nu * a by pos.
have e2 : (24%:R / 25%:R * nu * a) ^+ 2 = (24%:R / 25%:R * nu) ^+ 2 * fro2 A.
  by rewrite [LHS]exprMn a2.
have b1 : fro2 (Y^T *m (A *m (Y - X))) <= (24%:R / 25%:R * nu * a) ^+ 2.
  apply: le_trans (fro2_opl _ (opb_tr (opb_St YY))) _; rewrite expr1n mul1r.
  by rewrite e2; exact: fro2_opr.
have b2 : fro2 ((Y - X)^T *m (A *m X)) <= (24%:R / 25%:R * nu * a) ^+ 2.
  apply: le_trans (fro2_opl _ (opb_tr yx)) _; rewrite e2.
  apply: ler_wpmul2l; first exact: sqr_ge0.
  by apply: le_trans (fro2_opr _ (opb_St XX)) _; rewrite expr1n mul1r.
have b3 : fro2 (Xi U sig X Th) <= (8%:R^-1 * nu * a) ^+ 2.
  have hd : delta ^+ 2 <= 32%:R^-1 ^+ 2.
    by apply: ler_expn2r => //; rewrite nnegrE ?invr_ge0 ?ler0n.
  have h := Xifro; rewrite -subr_ge0 in h; rewrite -subr_ge0 in hd; rewrite -subr_ge0.
  have a2' := sqr_ge0 a; have n2' := sqr_ge0 nu.
  have h2 : 0 <= 16%:R * a ^+ 2 * nu ^+ 2 * (32%:R^-1 ^+ 2 - delta ^+ 2) by pos.
  by have := addr_ge0 h h2; congr (0 <= _); rewrite -nu2; field.
have c8 : 0 <= 8%:R^-1 * nu * a by pos.
have h := fro2_tri c8 (addr_ge0 c24 c24) b3 (fro2_tri c24 c24 b1 b2).
rewrite e; apply: le_trans h _; apply: ler_expn2r; rewrite ?nnegrE //; first by pos.
  by pos.
have na : 0 <= nu * a by pos.
rewrite -subr_ge0; have h2 : 0 <= 11%:R / 200%:R * (nu * a) by pos.
by move: h2; congr (0 <= _); field.
Qed.

(* Step 13 *)
Lemma lplus : 5%:R / 6%:R * (1 - l) <= 1 - l'.
Proof.
have [p1 _ _] := Y_prop; have p0 := lt_trans ltr01 p1.
have h := gainE_lt sk0 sks1 eta0 x12 l1.
move: p0 h; set G := finite_sample_gain _ _ _ => p0 h; rewrite -subr_ge0 in h.
have c0 : 0 <= 1 - l by rewrite subr_ge0 ltW.
have l0' := ltW l0.
rewrite -subr_ge0 -(pmulr_rge0 _ p0).
have i0 : 0 <= l^-1 by rewrite invr_ge0.
have kk : 0 <= 1 - 5%:R / 6%:R * (1 - l).
  have k' : 0 <= 6%:R^-1 + 5%:R / 6%:R * l by pos.
  by move: k'; congr (0 <= _); field.
have h2 : 0 <= (1 - l) ^+ 2 * (6%:R + 5%:R * l) * (36%:R^-1 * l^-1).
  have q1 := sqr_ge0 (1 - l); by pos.
have := addr_ge0 (mulr_ge0 kk h) h2; congr (0 <= _); field.
have -> : 1 + - G * l = l * (l^-1 - G) by field; rewrite gt_eqF.
by rewrite mulf_neq0 !gt_eqF.
Qed.

Lemma Xi_plus :
  fro2 (Xi U sig Y (magnitude_step U sig T Y Th)) <= 16%:R * delta ^+ 2 * a ^+ 2 * (1 - l').
Proof.
have [p1 Yl YY] := Y_prop.
rewrite Xi_next //.
have [_ _ h] := TR YY Ths; apply: le_trans h _.
have h1 := residual_pythagoras Th YY Yl; have h2 := XiY; have h3 := lplus.
rewrite -subr_ge0 in h1; rewrite -subr_ge0 in h2; rewrite -subr_ge0 in h3; rewrite -subr_ge0.
have a2' := sqr_ge0 a; have dd := sqr_ge0 delta.
have l'1 : 0 <= 1 - l'.
  rewrite subr_ge0 invf_le1 ?ltW // (lt_trans ltr01) //.
have h4 : 0 <= delta ^+ 2 * (2%:R * (1 - l') * a ^+ 2 + fro2 (Xi U sig Y Th) - fro2 (residual U sig Y Th)
  + ((21%:R / 10%:R * nu * a) ^+ 2 - fro2 (Xi U sig Y Th))
  + (21%:R / 10%:R) ^+ 2 * a ^+ 2 * (6%:R / 5%:R) * (1 - l' - 5%:R / 6%:R * (1 - l))
  + 2177%:R / 250%:R * a ^+ 2 * (1 - l')).
  by have q := sqr_ge0 (21%:R / 10%:R : R); pos.
move: h4; congr (0 <= _); rewrite exprMn exprMn nu2; move: (l') => y; by field.
Qed.

(* Step 11 *)
Lemma overshoot (w : 'cV[R]_k) : nrm2 w = 1 -> qf (alignment U X) w = l ->
  qf (alignment U Y) w <= 1 - (9%:R / 20%:R) ^+ 2 * (1 - l).
Proof.
case: XY => YY [H [_ _ YE]]; rewrite /rgradient gradXE in YE.
exact: (no_overshoot UU XX sk0 sks1 siglo sighi eta0 x12 l0 l1 Xl nu0 nu2 Ths E_sym al1 E_op
  (lexx _) Xi_op (lexx _) YY YE).
Qed.

Lemma mag_sym : (magnitude_step U sig T Y Th)^T = magnitude_step U sig T Y Th.
Proof.
have [p1 Yl YY] := Y_prop; have [Es _ _] := TR YY Ths.
have Zs : (residual U sig Y Th)^T = residual U sig Y Th.
  by rewrite /residual linearB /= target_sym trmx_mul (trmx_mul Y) trmxK Ths mulmxA.
have Ts : (T (residual U sig Y Th))^T = T (residual U sig Y Th).
  by rewrite -[T _](subrK (residual U sig Y Th)) linearD /= Es Zs.
rewrite /magnitude_step linearB /= Ths; congr (_ - _).
by rewrite trmx_mul (trmx_mul Y^T) trmxK Ts mulmxA.
Qed.
End One.

Section Traj.
Variables (F : rcfType) (m r k : nat).
Variables (U : 'M[F]_(m, k)) (sig : 'rV[F]_k) (sk s1 eta delta : F) (T : 'M[F]_m -> 'M[F]_m).
Notation A := (target U sig).
Notation a := (Num.sqrt (fro2 A)).

Hypothesis UU : U^T *m U = 1%:M.
Hypothesis k0 : (0 < k)%N.
Hypothesis sk0 : 0 < sk.
Hypothesis sighl : forall i, sk <= sig 0 i <= s1.
Hypothesis eta0 : 0 < eta.
Hypothesis x12 : eta * s1 ^+ 2 <= 2%:R^-1.
Hypothesis d0 : 0 <= delta.
Hypothesis TR : two_consequences r U sig T delta.
Lemma a_sq : a ^+ 2 = fro2 A. Proof. by rewrite sqr_sqrtr // fro2_ge0. Qed.
Lemma sk_a : sk <= a.
Proof.
apply: le_sq; first exact: sqrtr_ge0.
rewrite a_sq (froA sig UU) /mxtrace (bigD1 (Ordinal k0)) //=.
have gen i : (diag_mx sig *m diag_mx sig) i i = sig 0 i ^+ 2.
  by rewrite mul_diag_mx !mxE eqxx mulr1n expr2.
have sp i : sk <= sig 0 i by case/andP: (sighl i).
rewrite gen; apply: ler_paddr.
  by apply: sumr_ge0 => i _; rewrite gen sqr_ge0.
by apply: ler_expn2r; rewrite ?nnegrE ?(ltW sk0) // (le_trans (ltW sk0)).
Qed.
Lemma slo i : sk <= sig 0 i. Proof. by case/andP: (sighl i). Qed.
Lemma shi i : sig 0 i <= s1. Proof. by case/andP: (sighl i). Qed.
Lemma sks1 : sk <= s1.
Proof. exact: le_trans (slo (Ordinal k0)) (shi (Ordinal k0)). Qed.

Lemma small_delta (l : F) : l < 1 -> delta * a <= l * sk / 32%:R -> delta <= 32%:R^-1.
Proof.
move=> l1 dl; rewrite -(ler_pmul2r sk0); apply: le_trans (_ : delta * a <= _).
  by apply: ler_wpmul2l => //; exact: sk_a.
apply: le_trans dl _; rewrite [leRHS]mulrC; apply: ler_wpmul2r; first by rewrite invr_ge0 ler0n.
by apply: ler_pimull; apply: ltW.
Qed.

(* one step: the level and the error of the magnitude propagate together *)
Theorem one_step (X Y : 'M[F]_(m, r)) (Th : 'M[F]_r) (l : F) :
  0 < l -> l < 1 -> delta * a <= l * sk / 32%:R ->
  X^T *m X = 1%:M -> Th^T = Th -> lambda_min_ge U X l ->
  fro2 (Xi U sig X Th) <= 16%:R * delta ^+ 2 * fro2 A * (1 - l) ->
  polar_step U sig T eta X Th Y ->
  let l' := (l^-1 - finite_sample_gain sk eta l)^-1 in let Th' := magnitude_step U sig T Y Th in
  [/\ l <= l' < 1, Y^T *m Y = 1%:M, lambda_min_ge U Y l', Th'^T = Th' &
      fro2 (Xi U sig Y Th') <= 16%:R * delta ^+ 2 * fro2 A * (1 - l')].
Proof.
move=> lp h1 al hX hT hl hXi XY l' Th'; rewrite -a_sq in hXi *.
have c0 : 0 <= 1 - l by rewrite subr_ge0 ltW.
pose nu := Num.sqrt (1 - l).
have nu0 : 0 <= nu by apply: sqrtr_ge0.
have nu2 : nu ^+ 2 = 1 - l by rewrite sqr_sqrtr.
have d32 := small_delta h1 al.
have [p1 Yl YY] := Y_prop UU sk0 sks1 slo shi eta0 x12 d0 d32 (sqrtr_ge0 _) a_sq TR hX hT lp h1
  hl nu0 nu2 al hXi XY.
have hXi' := Xi_plus UU sk0 sks1 slo shi eta0 x12 d0 d32 (sqrtr_ge0 _) a_sq TR hX hT lp h1
  hl nu0 nu2 al hXi XY.
have hT' := mag_sym UU sk0 sks1 slo shi eta0 x12 d0 d32 (sqrtr_ge0 _) a_sq TR hX hT lp h1
  hl nu0 nu2 al hXi XY.
split=> //; have p0 := lt_trans ltr01 p1; apply/andP; split; last by rewrite invf_lt1.
rewrite -[leLHS]invrK lef_pinv ?posrE ?invr_gt0 // ler_subl_addr ler_addl /finite_sample_gain.
have e0' := ltW eta0; have s2 := sqr_ge0 sk; by pos.
Qed.

Theorem step_no_overshoot (X Y : 'M[F]_(m, r)) (Th : 'M[F]_r) (l : F) (w : 'cV[F]_k) :
  0 < l -> l < 1 -> delta * a <= l * sk / 32%:R ->
  X^T *m X = 1%:M -> Th^T = Th -> lambda_min_ge U X l ->
  fro2 (Xi U sig X Th) <= 16%:R * delta ^+ 2 * fro2 A * (1 - l) ->
  polar_step U sig T eta X Th Y -> nrm2 w = 1 -> qf (alignment U X) w = l ->
  qf (alignment U Y) w <= 1 - (9%:R / 20%:R) ^+ 2 * (1 - l).
Proof.
move=> lp h1 al hX hT hl hXi XY; rewrite -a_sq in hXi.
have nu2 : Num.sqrt (1 - l) ^+ 2 = 1 - l by rewrite sqr_sqrtr // subr_ge0 ltW.
exact: (overshoot UU sk0 sks1 slo shi eta0 x12 d0 (small_delta h1 al) (sqrtr_ge0 _) a_sq TR hX hT lp h1
  hl (sqrtr_ge0 _) nu2 al hXi XY).
Qed.

(* l_t and the induction of Step 15 *)
Variables (l0 : F) (X : nat -> 'M[F]_(m, r)) (Th : nat -> 'M[F]_r).
Notation l_ t := (lower_bound (finite_sample_gain sk eta) l0 t).
Hypothesis l00 : 0 < l0.
Hypothesis l01 : l0 < 1.
Hypothesis dl : delta * a <= l0 * sk / 32%:R.
Hypothesis X0 : (X 0%N)^T *m X 0%N = 1%:M.
Hypothesis Xl0 : lambda_min_ge U (X 0%N) l0.
Hypothesis Th0 : (Th 0%N)^T = Th 0%N.
Hypothesis Xi0 : fro2 (Xi U sig (X 0%N) (Th 0%N)) <= 16%:R * delta ^+ 2 * fro2 A * (1 - l0).
Hypothesis Xstep : forall t, polar_step U sig T eta (X t) (Th t) (X t.+1).
Hypothesis Thstep : forall t, Th t.+1 = magnitude_step U sig T (X t.+1) (Th t).

Lemma inv t : [/\ l0 <= l_ t < 1, (X t)^T *m X t = 1%:M, lambda_min_ge U (X t) (l_ t),
   (Th t)^T = Th t &
   fro2 (Xi U sig (X t) (Th t)) <= 16%:R * delta ^+ 2 * a ^+ 2 * (1 - l_ t)].
Proof.
rewrite a_sq; elim: t => [|t [/andP[h0 h1] hX hl hT hXi]]; first by rewrite /= lexx l01; split.
have lp := lt_le_trans l00 h0.
have al : delta * a <= l_ t * sk / 32%:R.
  apply: le_trans dl _; rewrite -!mulrA; apply: ler_wpmul2r => //.
  by apply: mulr_ge0; [exact: ltW | rewrite invr_ge0 ler0n].
have [/andP[m0 m1] YY Yl hT' hXi'] := one_step lp h1 al hX hT hl hXi (Xstep t).
by rewrite Thstep /= m1 (le_trans h0 m0); split.
Qed.

(* Theorem F (a), (b), (c) *)
Theorem trajectory_bounds t :
  [/\ 0 < (l_ t) < 1,
      lambda_min_ge U (X t) (l_ t),
      fro2 (Xi U sig (X t) (Th t)) <= 16%:R * delta ^+ 2 * fro2 A * (1 - (l_ t)) &
      fro2 (residual U sig (X t) (Th t)) <= (71%:R / 50%:R) ^+ 2 * fro2 A * (1 - (l_ t))].
Proof.
have [/andP[h0 h1] hX hl hT hXi] := inv t.
have lp := lt_le_trans l00 h0.
rewrite lp h1 -a_sq; split=> //.
exact: (Z_fro UU d0 (small_delta l01 dl) a_sq hX h1 hl hXi).
Qed.

(* the same with norms *)
Corollary trajectory_norms t :
  Num.sqrt (fro2 (Xi U sig (X t) (Th t))) <= 4%:R * delta * a * Num.sqrt (1 - (l_ t)) /\
  Num.sqrt (fro2 (residual U sig (X t) (Th t))) <= 71%:R / 50%:R * a * Num.sqrt (1 - (l_ t)).
Proof.
have [/andP[h0 h1] _ hb hc] := trajectory_bounds t.
have c0 : 0 <= 1 - (l_ t) by rewrite subr_ge0 ltW.
have a0 : 0 <= a by apply: sqrtr_ge0.
have n0 : 0 <= Num.sqrt (1 - (l_ t)) by apply: sqrtr_ge0.
have e : Num.sqrt (1 - (l_ t)) ^+ 2 = 1 - (l_ t) by rewrite sqr_sqrtr.
rewrite -a_sq -e in hb hc.
split; (apply: le_sq; first by pos); rewrite [leLHS]sqr_sqrtr ?fro2_ge0 //.
- apply: le_trans hb _; move: (Num.sqrt _) (Num.sqrt _) => x y.
  by rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
- apply: le_trans hc _; move: (Num.sqrt _) (Num.sqrt _) => x y.
  by rewrite le_eqVlt; apply/orP; left; apply/eqP; field.
Qed.

(* geometric decay: g_t = 1/l_t - 1 <= g_0 q^t with q = 1 - eta sk^2 l_0 / 3 *)
Theorem trajectory_linear t :
  fro2 (residual U sig (X t) (Th t))
  <= (71%:R / 50%:R) ^+ 2 * fro2 A * ((l0^-1 - 1) * (1 - 3%:R^-1 * eta * sk ^+ 2 * l0) ^+ t).
Proof.
have [_ _ _ hc] := trajectory_bounds t; apply: le_trans hc _.
apply: ler_wpmul2l; first by rewrite mulr_ge0 ?sqr_ge0 ?fro2_ge0.
pose y := 3%:R^-1 * eta * sk ^+ 2; pose q := 1 - y * l0.
have y0 : 0 <= y by have e0' := ltW eta0; have s2 := sqr_ge0 sk; rewrite /y; pos.
have lpos u : 0 < (l_ u) by have [/andP[h _] _ _ _ _] := inv u; apply: lt_le_trans h.
have g0 u : 0 < (l_ u)^-1 - 1.
  by have [/andP[_ h] _ _ _ _] := inv u; rewrite subr_gt0 invf_gt1.
have stp u : (l_ u.+1)^-1 - 1 = ((l_ u)^-1 - 1) * (1 - y * (l_ u)).
  rewrite /= invrK /finite_sample_gain -/y; move: (l_ u) (lpos u) => z z0; field; by rewrite gt_eqF.
have q0 : 0 <= q.
  by have := g0 1%N; rewrite stp pmulr_rgt0 ?g0 // => /ltW.
have geo u : (l_ u)^-1 - 1 <= (l0^-1 - 1) * q ^+ u.
  elim: u => [|u ih]; first by rewrite expr0 mulr1.
  rewrite stp exprSr mulrA; apply: le_trans (_ : ((l_ u)^-1 - 1) * q <= _).
    apply: ler_wpmul2l; first exact: ltW.
    have [/andP[h _] _ _ _ _] := inv u.
    by rewrite /q ler_sub // ler_wpmul2l.
  exact: ler_wpmul2r.
apply: le_trans _ (geo t); move: (l_ t) (lpos t) => z z0.
rewrite -subr_ge0 (_ : _ - _ = (1 - z) ^+ 2 / z).
  by apply: divr_ge0; [exact: sqr_ge0 | exact: ltW].
by field; rewrite gt_eqF.
Qed.
End Traj.

(* Step 14: the start Th_0 = X_0^T M*(y) X_0, i.e. one magnitude step from Th = 0 *)
Lemma Xi_start (F : rcfType) m r k (U : 'M[F]_(m, k)) sig T delta (X : 'M[F]_(m, r)) (l0 : F) :
  two_consequences r U sig T delta -> X^T *m X = 1%:M -> l0 <= 15%:R / 16%:R ->
  fro2 (Xi U sig X (magnitude_step U sig T X 0)) <= 16%:R * delta ^+ 2 * fro2 (target U sig) * (1 - l0).
Proof.
move=> TR XX hl; rewrite Xi_next //.
have [_ _ h] := TR X 0 XX (trmx0 _ _ _); apply: le_trans h _.
have -> : fro2 (residual U sig X 0) = fro2 (target U sig).
  by rewrite /residual mulmx0 mul0mx sub0r fro2N.
have f0 := fro2_ge0 (target U sig); have dd := sqr_ge0 delta.
rewrite -subr_ge0 in hl; rewrite -subr_ge0.
have h2 : 0 <= 16%:R * delta ^+ 2 * fro2 (target U sig) * (15%:R / 16%:R - l0) by pos.
by move: h2; congr (0 <= _); field.
Qed.
