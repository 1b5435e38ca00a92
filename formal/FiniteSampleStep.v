(* One step with measurements (Proposition 1 of Theorem F, Steps 2 to 6, 10 and 12 of its proof), for the gradient
   step with the residual R perturbed to R + E and the magnitude off by Xi = X^T A X - Theta, |E| <= eps, |Xi| <=
   xi:

     1/l' = 1/l - (1/3) eta sk^2 (1 - l)  is a lower bound of lambda_min(S_+) again             (finite_sample_rate),
     a polar factor moves by at most 0.96 nu, nu = sqrt(1 - l)                                    (YX_op).

   The notation is that of the book: Y = X^T E X - Xi (Ym), Omega (Om), V_0 (V0), W = (I - eta Omega)^(-1), h = Hm
   q, z = V_0 W q, L (LL). Everything is over any real field; operator norms are the predicate opb of
   OperatorNorm.v. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Contraction CoreInequality Alignment FrobeniusNorm OperatorNorm
  PerturbedInequality ScalarInequality.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Defs.
Variables (R : realFieldType) (m r k : nat).
Variables (U : 'M[R]_(m, k)) (sig : 'rV[R]_k).
(* error of the magnitude: X^T A X - Th *)
Definition Xi (X : 'M[R]_(m, r)) (Th : 'M[R]_r) : 'M[R]_r := exact_magnitude U sig X - Th.
(* the gradient in X when the residual is perturbed by E *)
Definition perturbed_gradient (E : 'M[R]_m) (X : 'M[R]_(m, r)) (Th : 'M[R]_r) : 'M[R]_(m, r) :=
  (X *m Th *m X^T - target U sig + E) *m X *m Th.
Definition perturbed_rgradient E X Th := tangent_projection X (perturbed_gradient E X Th).
(* Y is an orthonormalisation of X - eta * perturbed_rgradient *)
Definition perturbed_step (eta : R) E X Th (Y : 'M[R]_(m, r)) : Prop :=
  Y^T *m Y = 1%:M /\ exists T : 'M[R]_r, Y = (X - eta *: perturbed_rgradient E X Th) *m T.
End Defs.

Section P.
Variables (R : realFieldType) (m r k : nat).
Variables (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (sk s1 eta l nu alpha eps xi : R).
Variables (X : 'M[R]_(m, r)) (Th : 'M[R]_r) (E : 'M[R]_m).
Hypothesis UU : U^T *m U = 1%:M.
Hypothesis XX : X^T *m X = 1%:M.
Hypothesis sk0 : 0 < sk.
Hypothesis sks1 : sk <= s1.
Hypothesis siglo : forall i, sk <= sig 0 i.
Hypothesis sighi : forall i, sig 0 i <= s1.
Hypothesis eta0 : 0 < eta.
Hypothesis x12 : eta * s1 ^+ 2 <= 2%:R^-1.
Hypothesis l0 : 0 < l.
Hypothesis l1 : l < 1.
Hypothesis Xl : lambda_min_ge U X l.
Hypothesis nu0 : 0 <= nu.
Hypothesis nu2 : nu ^+ 2 = 1 - l.
Hypothesis Ths : Th^T = Th.
Hypothesis Es : E^T = E.
Hypothesis al0 : 0 <= alpha.
Hypothesis al1 : alpha <= l * sk / 32%:R.
Hypothesis Eop : opb E eps.
Hypothesis epsal : eps <= 71%:R / 50%:R * alpha * nu.
Hypothesis Xiop : opb (Xi U sig X Th) xi.
Hypothesis xial : xi <= 4%:R * alpha * nu.

Notation Sg := (diag_mx sig).
Notation A := (target U sig).
Notation S := (alignment U X).
Notation Q := (1%:M - X *m X^T).
Notation xim := (Xi U sig X Th).
Notation G := (perturbed_rgradient U sig E X Th).

(* ---- Step 3: the Riemannian gradient is G = X Omega - V_0 with Omega skew ---- *)
Definition Ym : 'M[R]_r := X^T *m E *m X - xim.
Definition Om : 'M[R]_r := 2%:R^-1 *: (Ym *m Th - Th *m Ym).
Definition V0 : 'M[R]_(m, r) := Q *m ((A - E) *m X *m Th).

Lemma s1p : 0 < s1. Proof. exact: lt_le_trans sk0 sks1. Qed.

Lemma xim_sym : xim^T = xim.
Proof.
rewrite /Xi linearB /= Ths; congr (_ - _).
by rewrite /exact_magnitude trmx_mul (trmx_mul X^T) trmxK target_sym mulmxA.
Qed.
Lemma Ym_sym : Ym^T = Ym.
Proof. by rewrite /Ym linearB /= xim_sym !trmx_mul trmxK Es mulmxA. Qed.
Lemma Om_skew : Om^T = - Om.
Proof.
rewrite /Om linearZ /= linearB /= !trmx_mul Ym_sym Ths -scalerN; congr (_ *: _).
by rewrite opprB.
Qed.

Lemma XtE : X^T *m perturbed_gradient U sig E X Th = Ym *m Th.
Proof.
rewrite /perturbed_gradient mulmxA; congr (_ *m _).
rewrite /Ym /Xi /exact_magnitude; move: (target U sig) => B.
rewrite mulmxA mulmxDr mulmxBr !mulmxA XX mul1mx mulmxDl mulmxBl -(mulmxA Th) XX mulmx1.
by rewrite opprB addrC.
Qed.

Lemma QX0 : Q *m X = 0.
Proof. by rewrite mulmxBl mul1mx -mulmxA XX mulmx1 subrr. Qed.
Lemma XtQ : X^T *m Q = 0.
Proof. by rewrite mulmxBr mulmx1 mulmxA XX mul1mx subrr. Qed.

Lemma GE : G = X *m Om - V0.
Proof.
have h : perturbed_gradient U sig E X Th = X *m (Ym *m Th) - V0.
  rewrite -XtE; have -> : V0 = - (Q *m perturbed_gradient U sig E X Th).
    have e1 : perturbed_gradient U sig E X Th = X *m (Th *m (X^T *m X) *m Th) - (A - E) *m X *m Th.
      rewrite /perturbed_gradient; move: (target U sig) => B.
      have -> : X *m Th *m X^T - B + E = X *m Th *m X^T - (B - E).
        by rewrite opprB -addrA (addrC E).
      by move: (B - E) => C; rewrite !mulmxBl !mulmxA.
    rewrite e1 [Q *m (_ - _)]mulmxBr (mulmxA Q X) QX0 mul0mx sub0r opprK.
    by [].
  move: (perturbed_gradient _ _ _ _ _) => B; rewrite opprK [Q *m B]mulmxBl mul1mx -mulmxA.
  by rewrite addrC subrK.
rewrite /perturbed_rgradient /tangent_projection XtE trmx_mul Ym_sym Ths h /Om.
rewrite -addrA [- V0 - _]addrC addrA; congr (_ - _).
rewrite -mulmxBr; congr (_ *m _).
move: (Ym *m Th) (Th *m Ym) => a b.
have {1}-> : a = 2%:R^-1 *: (a + a).
  rewrite -mulr2n -scaler_nat scalerA mulVf ?scale1r //.
  by rewrite pnatr_eq0.
by rewrite -scalerBr opprD addrA addrK.
Qed.

(* I - eta Omega is invertible, its inverse is a contraction *)
Lemma Om_dot (q : 'cV[R]_r) : dot q (Om *m q) = 0.
Proof.
have h : dot q (Om *m q) = - dot q (Om *m q).
  by rewrite -{1}[Om]trmxK -dot_adj Om_skew mulNmx dotNl dotC.
have : dot q (Om *m q) + dot q (Om *m q) = 0 by rewrite {1}h addNr.
by rewrite -mulr2n => /eqP; rewrite mulrn_eq0 => /eqP.
Qed.
Notation IO := (1%:M - eta *: Om).
Lemma IOE (q : 'cV[R]_r) : IO *m q = q - eta *: (Om *m q).
Proof. by rewrite mulmxBl mul1mx -scalemxAl. Qed.
Lemma IO_nrm (q : 'cV[R]_r) : nrm2 (IO *m q) = nrm2 q + eta ^+ 2 * nrm2 (Om *m q).
Proof. by rewrite IOE !nrm2E dot_sub2 Om_dot mulr0 subr0. Qed.
Lemma IO_unit : IO \in unitmx.
Proof.
apply: inj_unit => q h; apply/eqP; rewrite -dot_eq0 eq_le dot_ge0 andbT.
have := IO_nrm q; rewrite h {1}/nrm2 mulmx0 mxE -nrm2E => e.
by rewrite e ler_addl mulr_ge0 ?sqr_ge0 ?nrm2_ge0.
Qed.
Definition W := invmx IO.
Lemma W_op : opb W 1.
Proof.
split=> [|v]; first exact: ler01.
rewrite expr1n mul1r -{2}[v](mulKVmx IO_unit) IO_nrm ler_addl.
by rewrite mulr_ge0 ?sqr_ge0 ?nrm2_ge0.
Qed.

(* ---- Step 3: norms; |Theta - s1/2| <= s1/2 + xi halves the commutator ---- *)
Lemma Sg_op : opb Sg s1.
Proof. by split=> [|v]; [apply: ltW s1p | apply: (Sg_hi sk0 s1p siglo sighi)]. Qed.
Lemma Xop : opb X 1. Proof. exact: opb_St. Qed.
Lemma XTop : opb X^T 1. Proof. exact: opb_tr Xop. Qed.
Lemma UTop : opb U^T 1. Proof. by apply: opb_tr; apply: opb_St. Qed.
Lemma Aop : opb A s1.
Proof.
by apply: opb_eq (opbM (opbM (opb_St UU) Sg_op) UTop); rewrite mul1r mulr1.
Qed.
Lemma Thetaop : opb (exact_magnitude U sig X) s1.
Proof. by apply: opb_eq (opbM (opbM XTop Aop) Xop); rewrite mul1r mulr1. Qed.
Lemma Theta_half : opb (exact_magnitude U sig X - (s1 / 2%:R)%:M) (s1 / 2%:R).
Proof.
have s10 := ltW s1p; split=> [|v]; first by pos.
rewrite mulmxBl mul_scalar_mx.
pose y : 'cV[R]_k := U^T *m (X *m v).
have e1 : exact_magnitude U sig X *m v = X^T *m (U *m (Sg *m y)) by rewrite /exact_magnitude /target /y !mulmxA.
have h1 : nrm2 (exact_magnitude U sig X *m v) <= nrm2 (Sg *m y).
  by rewrite e1 -[leRHS](nrmU UU) bessel.
have h2 : nrm2 (Sg *m y) <= s1 * dot y (Sg *m y).
  rewrite nrm2E !dotE mulr_sumr; apply: ler_sum => i _; rewrite !diagE.
  have -> : sig 0 i * y i 0 * (sig 0 i * y i 0) = sig 0 i * (sig 0 i * y i 0 ^+ 2) by ring.
  have -> : s1 * (y i 0 * (sig 0 i * y i 0)) = s1 * (sig 0 i * y i 0 ^+ 2) by ring.
  apply: ler_wpmul2r => //; apply: mulr_ge0; last exact: sqr_ge0.
  by apply: le_trans (siglo i); apply: ltW.
have e2 : dot (exact_magnitude U sig X *m v) v = dot y (Sg *m y).
  by rewrite e1 dot_adj trmxK dotC -[U]trmxK -dot_adj.
have h := le_trans h1 h2; rewrite -e2 -subr_ge0 in h.
rewrite nrm2E dot_sub2 -!nrm2E -subr_ge0; move: h; congr (0 <= _).
by field.
Qed.

Lemma ThE : Th = exact_magnitude U sig X - xim.
Proof. by rewrite /Xi opprB addrC subrK. Qed.
Lemma Th_op : opb Th (s1 + xi).
Proof. by rewrite {1}ThE; apply: opbB Thetaop Xiop. Qed.
Lemma Th_half : opb (Th - (s1 / 2%:R)%:M) (s1 / 2%:R + xi).
Proof. by rewrite {1}ThE addrAC; apply: opbB Theta_half Xiop. Qed.
Lemma Ym_op : opb Ym (eps + xi).
Proof.
by apply: opbB Xiop; apply: opb_eq (opbM (opbM XTop Eop) Xop); rewrite mul1r mulr1.
Qed.
Lemma Om_op : opb Om ((eps + xi) * (s1 / 2%:R + xi)).
Proof.
pose C : 'M[R]_r := Th - (s1 / 2%:R)%:M.
have e : Ym *m Th - Th *m Ym = Ym *m C - C *m Ym.
  rewrite /C (mulmxBr Ym) (mulmxBl Th) mul_scalar_mx mul_mx_scalar.
  by move: (_ *: Ym) (Ym *m Th) (Th *m Ym) => a b c; rewrite opprB addrA subrK.
have h := opbB (opbM Ym_op Th_half) (opbM Th_half Ym_op).
rewrite /Om e; have := opbZ _ h; move/(_ 2%:R^-1); rewrite invr_ge0 ler0n => /(_ isT).
by apply: opb_eq; field.
Qed.
Lemma QUop : opb (Q *m U) nu.
Proof.
split=> // v; rewrite -mulmxA nrm2E (QUE UU XX) nu2.
have := QA Xl v; rewrite -subr_ge0 => h; rewrite -subr_ge0.
by move: h; rewrite nrm2E; congr (0 <= _); ring.
Qed.
Lemma V0_op : opb V0 ((nu * s1 + eps) * (s1 + xi)).
Proof.
have -> : V0 = (Q *m U *m Sg *m U^T *m X - Q *m E *m X) *m Th.
  by rewrite /V0 /target !mulmxA; congr (_ *m _); rewrite -mulmxBl mulmxBr !mulmxA.
apply: opbM Th_op; apply: opbB.
  by apply: opb_eq (opbM (opbM (opbM QUop Sg_op) UTop) Xop); rewrite !mulr1.
by apply: opb_eq (opbM (opbM (opb_Q XX) Eop) Xop); rewrite mulr1 mul1r.
Qed.
Lemma G_op : opb G ((eps + xi) * (s1 / 2%:R + xi) + (nu * s1 + eps) * (s1 + xi)).
Proof.
rewrite GE; apply: opbB V0_op; apply: opb_eq (opbM Xop Om_op); exact: mul1r.
Qed.


(* ---- Step 2: l nu <= 2/5, hence xi <= s1/20 and eps <= 0.045 l nu s1 ---- *)
Lemma nu1 : nu <= 1.
Proof. by apply: le_sq; rewrite ?ler01 // nu2 expr1n ler_subl_addr ler_addl ltW. Qed.
Lemma lE : l = 1 - nu ^+ 2. Proof. by rewrite nu2 opprB addrC subrK. Qed.
Lemma lnu : l * nu <= 2%:R / 5%:R.
Proof.
have h : 0 <= (nu - 29%:R / 50%:R) ^+ 2 * (nu + 29%:R / 25%:R) + 23%:R / 2500%:R * nu
   + 611%:R / (625%:R * 100%:R).
  have a : 0 <= nu + 29%:R / 25%:R by pos.
  have b : 0 <= (nu - 29%:R / 50%:R) ^+ 2 by apply: sqr_ge0.
  have c : 0 <= (625%:R * 100%:R)^-1 :> R by rewrite invr_ge0; pos.
  by pos.
rewrite -subr_ge0 lE; move: h; congr (0 <= _); by field.
Qed.
Lemma an0 : 0 <= alpha * nu. Proof. exact: mulr_ge0. Qed.
Lemma alnu : alpha * nu <= l * nu * s1 / 32%:R.
Proof.
have h : 0 <= l * sk / 32%:R - alpha by rewrite subr_ge0.
have h2 : 0 <= s1 - sk by rewrite subr_ge0.
have l0' := ltW l0.
rewrite -subr_ge0; have h3 : 0 <= nu * (l * sk / 32%:R - alpha) + l * nu * (s1 - sk) / 32%:R by pos.
by move: h3; congr (0 <= _); field.
Qed.
Lemma alnu80 : alpha * nu <= s1 / 80%:R.
Proof.
have h := alnu; have h2 := lnu; have h3 := ltW s1p.
rewrite -subr_ge0 in h; rewrite -subr_ge0 in h2; rewrite -subr_ge0.
have h4 : 0 <= (2%:R / 5%:R - l * nu) * s1 / 32%:R by pos.
by have := addr_ge0 h h4; congr (0 <= _); field.
Qed.
Lemma xi20 : xi <= s1 / 20%:R.
Proof.
apply: le_trans xial _; have h := alnu80; rewrite -subr_ge0 in h; rewrite -subr_ge0.
by have := mulr_ge0 (ler0n R 4) h; congr (0 <= _); field.
Qed.
Lemma epsb : eps <= 71%:R / 1600%:R * l * nu * s1.
Proof.
apply: le_trans epsal _; have h := alnu; rewrite -subr_ge0 in h; rewrite -subr_ge0.
have c : 0 <= 71%:R / 50%:R :> R by pos.
by have := mulr_ge0 c h; congr (0 <= _); field.
Qed.
Lemma eps_ps : eps <= ps_ R * nu * s1.
Proof.
apply: le_trans epsb _.
have h : 0 <= 1 - l by rewrite subr_ge0 ltW.
have h2 := ltW s1p.
rewrite -subr_ge0; have h3 : 0 <= 71%:R / 1600%:R * (1 - l) * nu * s1 + nu * s1 / 1600%:R by pos.
by move: h3; congr (0 <= _); rewrite /ps_; field.
Qed.

Lemma tri_prod : (s1 + xi) * ((eps + xi) * (s1 / 2%:R + xi))
  <= (21%:R / 20%:R * s1) * ((271%:R / 50%:R * (alpha * nu)) * (11%:R / 20%:R * s1)).
Proof.
have [x0 _] := Xiop; have [e0 _] := Eop; have s10 := ltW s1p.
have h1 : s1 + xi <= 21%:R / 20%:R * s1.
  have h := xi20; rewrite -subr_ge0 in h; rewrite -subr_ge0.
  by move: h; congr (0 <= _); field.
have h2 : s1 / 2%:R + xi <= 11%:R / 20%:R * s1.
  have h := xi20; rewrite -subr_ge0 in h; rewrite -subr_ge0.
  by move: h; congr (0 <= _); field.
have h3 : eps + xi <= 271%:R / 50%:R * (alpha * nu).
  have h := xial; have h' := epsal; rewrite -subr_ge0 in h; rewrite -subr_ge0 in h'.
  by rewrite -subr_ge0; have := addr_ge0 h h'; congr (0 <= _); field.
have i0 : 0 <= s1 / 2%:R by pos.
by apply: ler_pmul => //; [pos | pos | apply: ler_pmul => //; pos].
Qed.

(* ---- Steps 5 and 6: Theta W q = g + h with |h| <= theta |g|, and eps |w| <= phi nu |g| ---- *)
Definition Hm : 'M[R]_r := eta *: (Th *m Om *m W) - xim.
Lemma Hm_op : opb Hm (28%:R / 5%:R * (alpha * nu)).
Proof.
apply: opb_le (opbB (opbZ (ltW eta0) (opbM (opbM Th_op Om_op) W_op)) Xiop).
have h := tri_prod; rewrite -subr_ge0 in h.
have h2 := x12; rewrite -subr_ge0 in h2.
have h3 := xial; rewrite -subr_ge0 in h3.
have e0 := ltW eta0; have a0 := an0.
have c0 : 0 <= 21%:R * 11%:R * 271%:R / (20%:R * 1000%:R) :> R.
  by rewrite mulr_ge0 ?invr_ge0 //; pos.
have d0 : 0 <= 1399%:R / (40%:R * 1000%:R) :> R.
  by rewrite mulr_ge0 ?invr_ge0 //; pos.
rewrite -subr_ge0.
have := addr_ge0 (addr_ge0 (addr_ge0 h3 (mulr_ge0 e0 h)) (mulr_ge0 (mulr_ge0 a0 c0) h2)) (mulr_ge0 a0 d0).
by congr (0 <= _); field.
Qed.

Section W.
Variable w : 'cV[R]_k.
Let q := qv U X w.
Let g : 'cV[R]_r := X^T *m (U *m (Sg *m w)).
Let h := Hm *m q.
Let z := V0 *m (W *m q).

Lemma Theta_q : exact_magnitude U sig X *m q = g.
Proof.
rewrite /q /qv /g /exact_magnitude /target -!mulmxA; do 3! congr (_ *m _).
rewrite !mulmxA -(mulmxA U^T X X^T) -[in RHS](mul1mx w).
have -> : U^T *m (X *m X^T) *m U = S by rewrite /alignment trmx_mul trmxK !mulmxA.
by rewrite mulmxV // (Sunit l0 Xl).
Qed.

Lemma Wq : W *m q = q + eta *: (Om *m (W *m q)).
Proof.
have e : IO *m (W *m q) = q by rewrite mulKVmx // IO_unit.
by rewrite -{2}e IOE subrK.
Qed.

Lemma ThWq : Th *m (W *m q) = g + h.
Proof.
have e1 : Th *m q = g - xim *m q by rewrite {1}ThE mulmxBl Theta_q.
rewrite {1}Wq mulmxDr mulmxZr e1 /h /Hm (mulmxBl (eta *: _)) -scalemxAl.
rewrite -addrA; congr (_ + _); rewrite addrC; congr (_ - _).
by move: q Om W => q' O' W'; rewrite !mulmxA.
Qed.

Lemma zE : z = Q *m ((A - E) *m (X *m (g + h))).
Proof. by rewrite -ThWq /z /V0 -!mulmxA. Qed.

Lemma nqw : nrm2 q = qf (invmx S) w.
Proof. by rewrite /q (nq l0 Xl). Qed.

Lemma q_hi : l * nrm2 q <= nrm2 w.
Proof.
rewrite nqw qfE dotC.
have Ssym := ov_sym U X.
have Su : S \in unitmx by apply: (Sunit l0 Xl).
have := slackv Ssym Xl (fun w => ov_hi UU w XX) l0 l1 (invmx S *m w).
rewrite /= (mulKVmx Su) => hs.
have c0 : 0 < 1 - l by rewrite subr_gt0.
rewrite -subr_ge0 -(pmulr_rge0 _ c0) nrm2E.
exact: le_trans (dot_ge0 _) hs.
Qed.

Lemma g_lo : l * sk ^+ 2 * nrm2 w <= nrm2 g.
Proof.
rewrite /g -qov -mulrA; apply: le_trans (Xl _); apply: ler_wpmul2l; first exact: ltW.
exact: (Sg_lo sk0 siglo).
Qed.
Lemma g_hi : nrm2 g <= s1 ^+ 2 * nrm2 w.
Proof.
apply: le_trans (bessel _ XX) _; rewrite (nrmU UU).
exact: (Sg_hi sk0 s1p siglo sighi).
Qed.

Lemma h_th : nrm2 h <= th_ nu ^+ 2 * nrm2 g.
Proof.
have [_ hh] := Hm_op; apply: le_trans (hh q) _.
have hq := q_hi; have hg := g_lo; rewrite -subr_ge0 in hq; rewrite -subr_ge0 in hg.
have l0' := ltW l0; have sk0' := ltW sk0; have q0 := nrm2_ge0 q; have w0 := nrm2_ge0 w.
have ha : alpha ^+ 2 <= (l * sk / 32%:R) ^+ 2.
  by apply: ler_expn2r => //; rewrite nnegrE //; pos.
rewrite -subr_ge0 in ha.
have c : 0 <= (28%:R / 5%:R * nu) ^+ 2 by apply: sqr_ge0.
have c1 : 0 <= (32%:R ^-1) ^+ 2 :> R by apply: sqr_ge0.
have h1 : 0 <= (28%:R / 5%:R * nu) ^+ 2 * (((l * sk / 32%:R) ^+ 2 - alpha ^+ 2) * nrm2 q
   + (32%:R ^-1) ^+ 2 * (nrm2 g - l * sk ^+ 2 * nrm2 w)
   + (32%:R ^-1) ^+ 2 * (l * sk ^+ 2 * (nrm2 w - l * nrm2 q))).
  have s2 := sqr_ge0 sk; by pos.
rewrite -subr_ge0; move: h1; congr (0 <= _); rewrite /th_; by field.
Qed.

Lemma w_ph : eps ^+ 2 * nrm2 w <= ph_ nu ^+ 2 * nu ^+ 2 * nrm2 g.
Proof.
have hg := g_lo; rewrite -subr_ge0 in hg.
have l0' := ltW l0; have sk0' := ltW sk0; have w0 := nrm2_ge0 w; have g0 := nrm2_ge0 g.
have [e0 _] := Eop.
have he : eps ^+ 2 <= (71%:R / 1600%:R * l * sk * nu) ^+ 2.
  apply: ler_expn2r; rewrite ?nnegrE //; first by pos.
  apply: le_trans epsal _.
  have hx : 0 <= l * sk / 32%:R - alpha by rewrite subr_ge0.
  rewrite -subr_ge0; have h3 : 0 <= 71%:R / 50%:R * nu * (l * sk / 32%:R - alpha) by pos.
  by move: h3; congr (0 <= _); field.
rewrite -subr_ge0 in he.
have h1 : 0 <= ((71%:R / 1600%:R * l * sk * nu) ^+ 2 - eps ^+ 2) * nrm2 w
  + (71%:R / 1600%:R * nu) ^+ 2 * l * (nrm2 g - l * sk ^+ 2 * nrm2 w)
  + ((71%:R / 1600%:R * nu) ^+ 2 * ((1 - l) / 2%:R) ^+ 2
    + 143%:R / (1600%:R * 1600%:R) * nu ^+ 2 * ((1 + l) / 2%:R) ^+ 2) * nrm2 g.
  have a1 := sqr_ge0 (71%:R / 1600%:R * nu); have a2 := sqr_ge0 ((1 - l) / 2%:R).
  have a3 := sqr_ge0 nu; have a4 := sqr_ge0 ((1 + l) / 2%:R).
  have a5 : 0 <= (1600%:R * 1600%:R)^-1 :> R by rewrite invr_ge0; pos.
  by pos.
rewrite -subr_ge0; move: h1; congr (0 <= _); rewrite /ph_ /ps_ lE.
by field.
Qed.

(* ---- Step 10: |L w| <= den |w| and N(w) >= Gamma |L w|^2 with Gamma = (1/3) eta sk^2 (1 - l) ---- *)
Lemma Lw_den : nrm2 (w + eta *: (U^T *m z)) <= den_ nu (eta * s1 ^+ 2) ^+ 2 * nrm2 w.
Proof.
have [e0 _] := Eop.
have := perturbed_inequality UU XX sk0 s1p siglo sighi eta0 l0 l1 Xl nu0 nu2 e0 (proj2 Eop) (th_ge0 nu0)
  (ph_ge0 nu0 nu1) (ps_ge0 R) eps_ps h_th w_ph.
rewrite -/g -zE => -[_ hz].
have Qz : Q *m z = z.
  rewrite zE mulmxA; congr (_ *m _).
  by rewrite [Q *m Q]mulmxBr mulmx1 mulmxA QX0 mul0mx subr0.
have [_ hU] := opb_tr QUop.
have hUz : nrm2 (U^T *m z) <= nu ^+ 2 * nrm2 z.
  have := hU z; rewrite trmx_mul -mulmxA.
  have -> : Q^T = Q by rewrite linearB /= trmx1 trmx_mul trmxK.
  by rewrite Qz.
have s10 := ltW s1p; have a0 := ps_ge0 R; have b0 := th_ge0 nu0; have e0' := ltW eta0.
have w0 := nrm2_ge0 w.
have -> : den_ nu (eta * s1 ^+ 2) = 1 + eta * s1 ^+ 2 * nu ^+ 2 * (1 + ps_ R) * (1 + th_ nu) by [].
apply: nrm_tri => //; first exact: ler01.
- by pos.
- by rewrite expr1n mul1r.
rewrite nrm2Z.
have hg := g_hi; rewrite -subr_ge0 in hg.
rewrite -subr_ge0 in hz; rewrite -subr_ge0 in hUz; rewrite -subr_ge0.
have k1 : 0 <= eta ^+ 2 by pos.
have k2 : 0 <= eta ^+ 2 * nu ^+ 2 by pos.
have k3 : 0 <= eta ^+ 2 * nu ^+ 2 * (1 - l) * s1 ^+ 2 * (1 + ps_ R) ^+ 2 * (1 + th_ nu) ^+ 2.
  by rewrite -nu2; pos.
have := addr_ge0 (addr_ge0 (mulr_ge0 k1 hUz) (mulr_ge0 k2 hz)) (mulr_ge0 k3 hg).
congr (0 <= _); rewrite -nu2; ring.
Qed.

Definition Nz := l^-1 * nrm2 (w + eta *: (U^T *m z)) - qf (invmx S) w - eta ^+ 2 * nrm2 z.

Lemma br_pos : den_ nu (eta * s1 ^+ 2) ^+ 2
  <= 3%:R * br_ l (th_ nu) (ph_ nu) (ps_ R) (eta * s1 ^+ 2).
Proof. by rewrite lE; apply: scalar_inequality => //; [apply: nu1 | have e0 := ltW eta0; pos]. Qed.
Lemma den1 : 1 <= den_ nu (eta * s1 ^+ 2) ^+ 2.
Proof.
rewrite exprn_ege1 // ler_addl.
have a0 := ps_ge0 R; have b0 := th_ge0 nu0; have e0' := ltW eta0; by pos.
Qed.

Lemma N_den : 3%:R^-1 * eta * sk ^+ 2 * (1 - l) * (den_ nu (eta * s1 ^+ 2) ^+ 2 * nrm2 w) <= Nz.
Proof.
have [e0 _] := Eop.
have := perturbed_inequality UU XX sk0 s1p siglo sighi eta0 l0 l1 Xl nu0 nu2 e0 (proj2 Eop) (th_ge0 nu0)
  (ph_ge0 nu0 nu1) (ps_ge0 R) eps_ps h_th w_ph.
rewrite -/g -zE => -[hN _].
rewrite -/(br_ l (th_ nu) (ph_ nu) (ps_ R) (eta * s1 ^+ 2)) -/Nz in hN.
apply: le_trans hN.
have hb := br_pos; have hd := le_trans ler01 den1.
have b3 := le_trans hd hb.
move: hb b3; set b := br_ _ _ _ _ _; set d := den_ _ _ ^+ 2 => hb b3.
have b0 : 0 <= b by move: b3; rewrite pmulr_rge0 // ltr0n.
have hg := g_lo; rewrite -subr_ge0 in hg; rewrite -subr_ge0 in hb.
have e0' := ltW eta0; have l0' := ltW l0; have w0 := nrm2_ge0 w.
have c0 : 0 <= 1 - l by rewrite subr_ge0 ltW.
have p0 : 0 <= l^-1 by rewrite invr_ge0.
have h1 : 0 <= eta * l^-1 * (1 - l) * b * (nrm2 g - l * sk ^+ 2 * nrm2 w)
   + 3%:R^-1 * eta * sk ^+ 2 * (1 - l) * nrm2 w * (3%:R * b - d).
  by have s2 := sqr_ge0 sk; pos.
rewrite -subr_ge0; move: h1; congr (0 <= _); field.
by rewrite gt_eqF.
Qed.

Lemma N_gain : 3%:R^-1 * eta * sk ^+ 2 * (1 - l) * nrm2 (w + eta *: (U^T *m z)) <= Nz.
Proof.
apply: le_trans N_den; apply: ler_wpmul2l; last exact: Lw_den.
have e0' := ltW eta0; have s2 := sqr_ge0 sk.
have c0 : 0 <= 1 - l by rewrite subr_ge0 ltW.
by pos.
Qed.
End W.

(* ---- Step 4: the new point contains U w up to what N(w) controls, by Cauchy-Schwarz ---- *)
Notation B := (X - eta *: G).
Notation zz w := (V0 *m (W *m qv U X w)).
Lemma Bq' w : B *m (W *m qv U X w) = X *m qv U X w + eta *: zz w.
Proof.
have e : IO *m (W *m qv U X w) = qv U X w by rewrite mulKVmx // IO_unit.
rewrite -{2}e IOE GE; move: (W *m _) Om V0 => p O V.
rewrite mulmxBl -scalemxAl mulmxBl mulmxBr mulmxZr scalerBr opprB -mulmxA.
by rewrite -addrA; congr (_ + _); rewrite addrC.
Qed.

Lemma Xzz w : X^T *m zz w = 0.
Proof. by rewrite {1}/V0; move: ((A - E) *m X *m Th) => C; rewrite !mulmxA XtQ !mul0mx. Qed.

Definition LL : 'M[R]_k := 1%:M + eta *: (U^T *m V0 *m W *m X^T *m U *m invmx S).
Lemma LLE w : LL *m w = w + eta *: (U^T *m zz w).
Proof.
rewrite /LL /qv mulmxDl mul1mx -scalemxAl; move: (V0) (W) (invmx S) => a b c.
by rewrite !mulmxA.
Qed.

Section StepY.
Variable Y : 'M[R]_(m, r).
Hypothesis XY : perturbed_step U sig eta E X Th Y.

Lemma csE (u w : 'cV[R]_k) :
  dot u (LL *m w) ^+ 2 <= qf (alignment U Y) u * (qf (invmx S) w + eta ^+ 2 * nrm2 (zz w)).
Proof.
case: XY => YY [T YE].
have Tu : T \in unitmx.
  have h : (Y^T *m B) *m T = 1%:M by rewrite -mulmxA -YE.
  by case/mulmx1_unit: h.
pose s := invmx T *m (W *m qv U X w).
have BE : Y *m s = X *m qv U X w + eta *: zz w.
  by rewrite -Bq' YE /s -mulmxA (mulmxA T) mulmxV // mul1mx.
have nE : qf (invmx S) w + eta ^+ 2 * nrm2 (zz w) = nrm2 (Y *m s).
  rewrite BE -(nq l0 Xl); move: (zz w) (Xzz w) => y Xy.
  rewrite !nrm2E dot_add2 [dot (X *m _) y]dot_adj Xy.
  rewrite [dot (X *m _) (X *m _)]dot_adj mulmxA XX mul1mx.
  by rewrite {4}/dot mulmx0 mxE mulr0 addr0.
have LE : LL *m w = U^T *m (Y *m s).
  by rewrite LLE BE mulmxDr (UXq l0 Xl) mulmxZr.
rewrite nE LE.
have -> : dot u (U^T *m (Y *m s)) = dot (Y^T *m (U *m u)) s.
  by rewrite dot_adj trmxK dot_adj.
have -> : nrm2 (Y *m s) = dot s s by rewrite nrm2E dot_adj mulmxA YY mul1mx.
by rewrite qov; apply: CS.
Qed.

Lemma qI0 w : 0 <= qf (invmx S) w.
Proof. by rewrite -(nq l0 Xl) nrm2_ge0. Qed.

Lemma LL_unit : LL \in unitmx.
Proof.
apply: inj_unit => w Lw0; apply/eqP; apply: contraT => w0.
have h := N_den w; rewrite /Nz -LLE Lw0 in h.
have c0 : 0 < 1 - l by rewrite subr_gt0.
have hp : 0 < 3%:R^-1 * eta * sk ^+ 2 * (1 - l) * (den_ nu (eta * s1 ^+ 2) ^+ 2 * nrm2 w).
  apply: mulr_gt0; last by apply: mulr_gt0; [exact: lt_le_trans ltr01 den1 | exact: dot_gt0].
  have s2 : 0 < sk ^+ 2 by apply: exprn_gt0.
  by do 3! apply: mulr_gt0 => //; rewrite invr_gt0 ltr0n.
have := lt_le_trans hp h; rewrite {1}/nrm2 mulmx0 mxE mulr0 sub0r.
by rewrite ltNge -opprD oppr_le0 addr_ge0 ?qI0 // mulr_ge0 ?sqr_ge0 ?nrm2_ge0.
Qed.

Notation gain := (finite_sample_gain sk eta l).
Lemma redE u : nrm2 u <= (l^-1 - gain) * qf (alignment U Y) u.
Proof.
have [->|u0] := eqVneq u 0.
  by rewrite nrm2E qfE /dot !mulmx0 mxE mulr0.
have up := dot_gt0 u0.
pose w := invmx LL *m u.
have Lw : LL *m w = u by rewrite /w mulKVmx // LL_unit.
have h := csE u w; have h2 := N_gain w.
rewrite /Nz -LLE -/(finite_sample_gain sk eta l) Lw in h2; rewrite Lw in h.
have Y0 : 0 <= qf (alignment U Y) u by rewrite qov nrm2_ge0.
rewrite -subr_ge0 in h2; have h3 := mulr_ge0 Y0 h2; rewrite -subr_ge0 in h.
rewrite -subr_ge0 -(pmulr_rge0 _ up).
have := addr_ge0 h h3; congr (0 <= _).
by rewrite -!nrm2E; ring.
Qed.

Lemma gainE_lt : gain <= 6%:R^-1 * (1 - l).
Proof.
have c0 : 0 <= 1 - l by rewrite subr_ge0 ltW.
have e0' := ltW eta0; have sk0' := ltW sk0.
have h : eta * sk ^+ 2 <= 2%:R^-1.
  apply: le_trans x12; apply: ler_wpmul2l => //.
  by apply: ler_expn2r; rewrite ?nnegrE // ltW // s1p.
rewrite -subr_ge0 in h; rewrite -subr_ge0.
have h2 : 0 <= 3%:R^-1 * (1 - l) * (2%:R^-1 - eta * sk ^+ 2) by pos.
by move: h2; congr (0 <= _); rewrite /finite_sample_gain; field.
Qed.

Theorem finite_sample_rate :
  [/\ 1 < l^-1 - gain, lambda_min_ge U Y (l^-1 - gain)^-1 & Y^T *m Y = 1%:M].
Proof.
have c0 : 0 < 1 - l by rewrite subr_gt0.
have h1 : 1 < l^-1 - gain.
  have h := gainE_lt; rewrite -subr_ge0 in h; rewrite -subr_gt0.
  have h2 : 0 < (1 - l) * (5%:R / 6%:R) + (1 - l) ^+ 2 / l.
    by rewrite addr_gt0 ?mulr_gt0 ?invr_gt0 ?exprn_gt0 ?ltr0n.
  have := ltr_paddl h h2; congr (0 < _); field.
  by rewrite gt_eqF.
split=> //; last by case: XY.
move=> w; have p0 : 0 < l^-1 - gain by apply: lt_trans h1; exact: ltr01.
by rewrite -(ler_pmul2l p0) mulrA mulfV ?gt_eqF // mul1r redE.
Qed.

End StepY.

(* ---- Step 12: eta |G| <= 0.6 nu, and a polar factor moves by at most 0.96 nu ---- *)
Lemma etaG_op : opb (eta *: G) (3%:R / 5%:R * nu).
Proof.
have [x0 _] := Xiop; have [e0 _] := Eop; have s10 := ltW s1p; have et0 := ltW eta0.
apply: opb_le (opbZ et0 G_op).
have h1 : s1 + xi <= 21%:R / 20%:R * s1.
  have h := xi20; rewrite -subr_ge0 in h; rewrite -subr_ge0.
  by move: h; congr (0 <= _); field.
have h2 : s1 / 2%:R + xi <= 11%:R / 20%:R * s1.
  have h := xi20; rewrite -subr_ge0 in h; rewrite -subr_ge0.
  by move: h; congr (0 <= _); field.
have c0 : 0 <= 1 - l by rewrite subr_ge0 ltW.
have l0' := ltW l0.
have an : alpha * nu <= nu * s1 / 32%:R.
  have h := alnu; rewrite -subr_ge0 in h; rewrite -subr_ge0.
  have hh : 0 <= (1 - l) * nu * s1 / 32%:R by pos.
  by have := addr_ge0 h hh; congr (0 <= _); field.
have h3 : eps + xi <= 271%:R / 1600%:R * (nu * s1).
  have h := xial; have h' := epsal; rewrite -subr_ge0 in h; rewrite -subr_ge0 in h'.
  rewrite -subr_ge0 in an.
  rewrite -subr_ge0; have := addr_ge0 (addr_ge0 h h') (mulr_ge0 (mulr_ge0 (ler0n R 271) (_ : 0 <= 50%:R^-1)) an).
  by rewrite invr_ge0 ler0n => /(_ isT); congr (0 <= _); field.
have h4 : nu * s1 + eps <= 1671%:R / 1600%:R * (nu * s1).
  have h := epsb; rewrite -subr_ge0 in h; rewrite -subr_ge0.
  have hh : 0 <= 71%:R / 1600%:R * (1 - l) * nu * s1 by pos.
  by have := addr_ge0 h hh; congr (0 <= _); field.
have p1 : (eps + xi) * (s1 / 2%:R + xi) <= 271%:R / 1600%:R * (nu * s1) * (11%:R / 20%:R * s1).
  by apply: ler_pmul => //; pos.
have p2 : (nu * s1 + eps) * (s1 + xi) <= 1671%:R / 1600%:R * (nu * s1) * (21%:R / 20%:R * s1).
  by apply: ler_pmul => //; pos.
rewrite -subr_ge0 in p1; rewrite -subr_ge0 in p2.
have h5 := x12; rewrite -subr_ge0 in h5.
have i0 : 0 <= (32%:R * 1000%:R)^-1 :> R by rewrite invr_ge0; pos.
have k0 : 0 <= (271%:R * 11%:R + 1671%:R * 21%:R) * (32%:R * 1000%:R)^-1 * nu by pos.
have k1 : 0 <= 328%:R * (64%:R * 1000%:R)^-1 * nu.
  apply: mulr_ge0 => //; apply: mulr_ge0; [exact: ler0n | rewrite invr_ge0; pos].
rewrite -subr_ge0.
have := addr_ge0 (addr_ge0 (mulr_ge0 et0 (addr_ge0 p1 p2)) (mulr_ge0 k0 h5)) k1.
congr (0 <= _); by field.
Qed.

Lemma XtG : X^T *m G = Om.
Proof.
rewrite GE mulmxBr mulmxA XX mul1mx /V0.
by move: ((A - E) *m X *m Th) => C; rewrite (mulmxA X^T) XtQ mul0mx subr0.
Qed.

Lemma BB : B^T *m B = 1%:M + (eta *: G)^T *m (eta *: G).
Proof.
have h1 : X^T *m (eta *: G) = eta *: Om by rewrite -scalemxAr XtG.
have h2 : (eta *: G)^T *m X = - (eta *: Om).
  by rewrite -[(_)^T *m X]trmxK trmx_mul trmxK h1 linearZ /= Om_skew scalerN.
move: (eta *: G) h1 h2 => g h1 h2.
rewrite [(X - g)^T]linearB /= mulmxBl !mulmxBr XX h1 h2.
move: (1%:M : 'M[R]_r) (g^T *m g) (eta *: Om) => i a b.
by apply/matrixP => x y; rewrite !mxE; ring.
Qed.

Section Polar.
Variables (Y : 'M[R]_(m, r)) (T : 'M[R]_r).
Hypothesis Ts : T^T = T.
Hypothesis Tp : forall v, 0 <= qf T v.
Hypothesis YE : Y = B *m T.
Hypothesis YY : Y^T *m Y = 1%:M.
Notation K := ((eta *: G)^T *m (eta *: G)).

Lemma THT : T *m (1%:M + K) *m T = 1%:M.
Proof. by rewrite -BB -YY YE trmx_mul Ts; move: B => b; rewrite !mulmxA. Qed.

Lemma T_op : opb T 1.
Proof.
split=> [|v]; first exact: ler01.
have e : nrm2 v = nrm2 (T *m v) + nrm2 (eta *: G *m (T *m v)).
  have -> : nrm2 v = nrm2 (Y *m v) by rewrite !nrm2E dot_adj mulmxA YY mul1mx.
  rewrite YE -mulmxA; move: (T *m v) => y.
  rewrite !nrm2E dot_adj (mulmxA B^T) BB mulmxDl mul1mx dotDr; congr (_ + _).
  by rewrite -mulmxA [RHS]dot_adj.
by rewrite expr1n mul1r e ler_addl nrm2_ge0.
Qed.

Lemma D_op : opb (1%:M - T) ((3%:R / 5%:R * nu) * (3%:R / 5%:R * nu)).
Proof.
have Kop : opb (T *m K *m T) (1 * ((3%:R / 5%:R * nu) * (3%:R / 5%:R * nu)) * 1).
  exact: opbM (opbM T_op (opbM (opb_tr etaG_op) etaG_op)) T_op.
move: Kop (THT); move: (K) => k0; rewrite mul1r mulr1 => -[c0 hc] tht.
split=> // v; apply: le_trans (hc v).
have e : T *m k0 *m T *m v = (1%:M - T) *m v + T *m ((1%:M - T) *m v).
  have h : v = T *m (T *m v) + T *m k0 *m T *m v.
    by rewrite -{1}[v]mul1mx -tht mulmxDr mulmx1 mulmxDl mulmxDl !mulmxA.
  rewrite mulmxBl mul1mx mulmxBr addrA subrK.
  by rewrite {2}h addrAC subrr add0r.
rewrite e; move: (_ *m v) => d; have := Tp d; rewrite qfE => h.
rewrite !nrm2E -[T *m d]scale1r dot_add2 -addrA ler_addl.
by rewrite addr_ge0 // mulr_ge0 ?sqr_ge0 ?dot_ge0 // mulr1 ler0n.
Qed.

Lemma YX_op : opb (Y - X) (24%:R / 25%:R * nu).
Proof.
have e : Y - X = - (X *m (1%:M - T)) - eta *: G *m T.
  rewrite YE mulmxBl mulmxBr mulmx1. move: (X *m T) (_ *: G *m T) => a b.
  by apply/matrixP => i j; rewrite !mxE; move: (a i j) (b i j) (X i j) => x y z; ring.
rewrite e; apply: opb_le (opbB (opbN (opbM Xop D_op)) (opbM etaG_op T_op)).
have h : 0 <= 1 - nu by rewrite subr_ge0 nu1.
rewrite -subr_ge0; have h2 : 0 <= 9%:R / 25%:R * nu * (1 - nu) by pos.
by move: h2; congr (0 <= _); field.
Qed.
End Polar.
End P.
