(* The core inequality with measurements (Steps 7, 8 and 9 of Theorem F): z = Q (A - E) X (g + h) with g = X^T U
   Sigma w, a perturbation E of the residual with |E| <= eps, and an error h of g with |h| <= th |g|. br is the
   bracket that is compared with den^2 in ScalarInequality.v. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Contraction Alignment.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section PerturbedInequality.
Variables (R : realFieldType) (m r k : nat).
Variables (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (sk s1 eta l nu eps th ph ps : R).
Variables (X : 'M[R]_(m, r)) (E : 'M[R]_m).
Hypothesis UU : U^T *m U = 1%:M.
Hypothesis XX : X^T *m X = 1%:M.
Hypothesis sk0 : 0 < sk.
Hypothesis s10 : 0 < s1.
Hypothesis siglo : forall i, sk <= sig 0 i.
Hypothesis sighi : forall i, sig 0 i <= s1.
Hypothesis eta0 : 0 < eta.
Hypothesis l0 : 0 < l.
Hypothesis l1 : l < 1.
Hypothesis Xl : lambda_min_ge U X l.
Hypothesis nu0 : 0 <= nu.
Hypothesis nu2 : nu ^+ 2 = 1 - l.
Hypothesis eps0 : 0 <= eps.
Hypothesis Eeps : forall v : 'cV[R]_m, nrm2 (E *m v) <= eps ^+ 2 * nrm2 v.
Hypothesis th0 : 0 <= th.
Hypothesis ph0 : 0 <= ph.
Hypothesis ps0 : 0 <= ps.
Hypothesis epsps : eps <= ps * nu * s1.

Notation Sg := (diag_mx sig).
Notation A := (target U sig).
Notation S := (alignment U X).
Notation Q := (1%:M - X *m X^T).

Variables (w : 'cV[R]_k) (h : 'cV[R]_r).
Let g : 'cV[R]_r := X^T *m (U *m (Sg *m w)).
Hypothesis hth : nrm2 h <= th ^+ 2 * nrm2 g.
Hypothesis wphi : eps ^+ 2 * nrm2 w <= ph ^+ 2 * nu ^+ 2 * nrm2 g.
Let z : 'cV[R]_m := Q *m ((A - E) *m (X *m (g + h))).
Let p := l^-1.
Let x := eta * s1 ^+ 2.
Let br := 2%:R * (1 - th - ph * (1 + th)) - x * (1 + th) ^+ 2 * (1 + l * (1 + ps) ^+ 2).

Theorem perturbed_inequality :
  eta * p * (1 - l) * br * nrm2 g
  <= p * nrm2 (w + eta *: (U^T *m z)) - qf (invmx S) w - eta ^+ 2 * nrm2 z
  /\ nrm2 z <= (1 - l) * s1 ^+ 2 * (1 + ps) ^+ 2 * ((1 + th) ^+ 2 * nrm2 g).
Proof.
have c0 : 0 < 1 - l by rewrite subr_gt0.
have Ssym := ov_sym U X.
have Su : S \in unitmx by apply: (S_unit Ssym Xl l0).
pose v := invmx S *m w.
have wE : w = S *m v by rewrite /v mulmxA mulmxV // mul1mx.
have slack := slackv Ssym Xl (fun w => ov_hi UU w XX) l0 l1 v.
rewrite /= -wE in slack.
have qI : qf (invmx S) w = dot v w by rewrite qfE -/v dotC.
(* y = g + h, b = Sigma Phi y *)
pose y := g + h.
pose b : 'cV[R]_k := Sg *m (U^T *m (X *m y)).
have mu0 : 0 <= dot g g := dot_ge0 g.
have gh : - (dot g h) <= th * dot g g.
  rewrite -dotNl; apply: (cs_le (a := dot g g) (b := th ^+ 2 * dot g g)).
  - by rewrite dotNl dotNr opprK.
  - exact: hth.
  - by rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
  - by pos.
have gh' : dot g h <= th * dot g g.
  apply: (cs_le (a := dot g g) (b := th ^+ 2 * dot g g)) => //.
  - by rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
  - by pos.
have hth' : dot h h <= th ^+ 2 * dot g g := hth.
have yy : dot y y <= (1 + th) ^+ 2 * dot g g.
  rewrite /y dotDl !dotDr (dotC h g).
  rewrite -subr_ge0 in gh'; rewrite -subr_ge0 in hth'; rewrite -subr_ge0.
  have := addr_ge0 (mulr_ge0 (ler0n R 2) gh') hth'; congr (0 <= _); ring.
have wb : dot w b = dot g y.
  by rewrite /b /g -[in RHS]/y !dot_adj !trmxK tr_diag_mx.
have gy : (1 - th) * dot g g <= dot g y.
  rewrite /y dotDr -subr_ge0; rewrite -subr_ge0 in gh; move: gh; congr (0 <= _); ring.
have bb : dot b b <= s1 ^+ 2 * dot y y.
  apply: le_trans (Sg_hi sk0 s10 siglo sighi _) _; apply: ler_wpmul2l; first exact: sqr_ge0.
  have -> : dot y y = nrm2 (X *m y) by rewrite nrm2E dot_adj mulmxA XX mul1mx.
  exact: bessel.
pose Jw := Q *m (U *m w).
pose F := Q *m (E *m (X *m y)).
pose G := Q *m (U *m b).
have zE : z = G - F.
  rewrite /z /G /F -/y -[RHS]mulmxBr; congr (_ *m _); rewrite mulmxBl; congr (_ - _).
  by rewrite /b /target !mulmxA.
have QQ u : Q *m (Q *m u) = Q *m u.
  have PP : (X *m X^T) *m (X *m X^T) = X *m X^T by rewrite mulmxA -(mulmxA X) XX mulmx1.
  rewrite mulmxA; congr (_ *m _); move: (X *m X^T) PP => P PP.
  by rewrite mulmxBl mul1mx mulmxBr mulmx1 PP subrr subr0.
have Qs : Q^T = Q by rewrite linearB /= trmx1 trmx_mul trmxK.
have JJ : dot Jw Jw <= nu ^+ 2 * dot w w.
  rewrite nu2 (QUE UU XX); have := QA Xl w; rewrite -subr_ge0 => hh; rewrite -subr_ge0.
  by move: hh; congr (0 <= _); ring.
have FF0 : dot (E *m (X *m y)) (E *m (X *m y)) <= eps ^+ 2 * dot y y.
  have -> : dot y y = nrm2 (X *m y) by rewrite nrm2E dot_adj mulmxA XX mul1mx.
  exact: Eeps.
have FF : dot F F <= eps ^+ 2 * dot y y.
  by apply: le_trans FF0; rewrite /F (Qcontr XX) ler_subl_addr ler_addl dot_ge0.
have GG : dot G G <= nu ^+ 2 * (s1 ^+ 2 * dot y y).
  apply: le_trans (_ : nu ^+ 2 * dot b b <= _); last by apply: ler_wpmul2l => //; exact: sqr_ge0.
  rewrite nu2 (QUE UU XX); have hh := QA Xl b; rewrite -subr_ge0.
  by move: hh; congr (0 <= _); ring.
have y0 : 0 <= dot y y := dot_ge0 y.
have GF : - dot G F <= nu * s1 * eps * dot y y.
  rewrite -dotNl; apply: (cs_le (a := nu ^+ 2 * (s1 ^+ 2 * dot y y)) (b := eps ^+ 2 * dot y y)) => //.
  - by rewrite dotNl dotNr opprK.
  - by rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
  - by pos.
have zz : dot z z <= (1 - l) * s1 ^+ 2 * (1 + ps) ^+ 2 * dot y y.
  apply: le_trans (_ : (nu * s1 + eps) ^+ 2 * dot y y <= _).
    have -> : dot z z = dot G G - 2%:R * dot G F + dot F F.
      rewrite zE; move: G F {GF FF GG zE} => a1 a2.
      by rewrite dotDl !dotDr !dotNl !dotNr (dotC a2 a1); ring.
    rewrite -subr_ge0 in GF; rewrite -subr_ge0 in FF; rewrite -subr_ge0 in GG; rewrite -subr_ge0.
    have := addr_ge0 (addr_ge0 GG FF) (mulr_ge0 (ler0n R 2) GF); congr (0 <= _); ring.
  apply: ler_wpmul2r => //.
  have -> : (1 - l) * s1 ^+ 2 * (1 + ps) ^+ 2 = (nu * s1 + ps * nu * s1) ^+ 2.
    by rewrite -nu2; ring.
  have ns : 0 <= nu * s1 by pos.
  have a0 : 0 <= nu * s1 + eps by pos.
  have b0 : 0 <= nu * s1 + ps * nu * s1 by pos.
  by rewrite ler_expn2r ?nnegrE // ler_add2l.
have JF : dot Jw F <= (1 - l) * ph * (1 + th) * dot g g.
  apply: le_sq; first by pos.
  apply: le_trans (CS _ _) _.
  apply: le_trans (_ : (nu ^+ 2 * dot w w) * (eps ^+ 2 * ((1 + th) ^+ 2 * dot g g)) <= _).
    apply: ler_pmul => //; [exact: dot_ge0 | exact: dot_ge0 |].
    by apply: le_trans FF _; apply: ler_wpmul2l => //; exact: sqr_ge0.
  have wphi' : 0 <= ph ^+ 2 * nu ^+ 2 * dot g g - eps ^+ 2 * dot w w by rewrite subr_ge0; exact: wphi.
  have c2 : 0 <= nu ^+ 2 * (1 + th) ^+ 2 * dot g g by pos.
  rewrite -subr_ge0; have := mulr_ge0 c2 wphi'; congr (0 <= _).
  by rewrite -nu2; ring.
split; last first.
  rewrite !nrm2E; apply: le_trans zz _; apply: ler_wpmul2l => //.
  by rewrite -mulrA mulr_ge0 ?(ltW c0) // mulr_ge0 ?sqr_ge0.
(* inner product w . U^T z *)
pose e := S *m w - l *: w.
have JG : dot Jw G = (1 - l) * dot g y - dot e b.
  rewrite /Jw /G dot_adj Qs QQ dot_adj mulmxBl mul1mx mulmxBr (mulmxA U^T U) UU mul1mx.
  have -> : U^T *m (X *m X^T *m (U *m b)) = S *m b by rewrite /alignment trmx_mul trmxK !mulmxA.
  rewrite dotDr dotNr /e dotDl dotNl dotZl -wb.
  have -> : dot (S *m w) b = dot w (S *m b) by rewrite dot_adj Ssym.
  by ring.
have wz : dot w (U^T *m z) = (1 - l) * dot g y - dot e b - dot Jw F.
  rewrite -JG zE.
  have -> : dot w (U^T *m (G - F)) = dot (U *m w) (G - F) by rewrite dot_adj.
  rewrite dotDr dotNr; congr (_ - _).
    by rewrite /Jw /G [RHS]dot_adj Qs QQ.
  by rewrite /Jw /F [RHS]dot_adj Qs QQ.
have AM := dot_ge0 (e - (eta * (1 - l)) *: b).
rewrite dot_sub2 in AM.
rewrite !nrm2E qI dot_add2 wz.
have tt := dot_ge0 (U^T *m z).
rewrite -/e -subr_ge0 in slack; rewrite -subr_ge0 in bb; rewrite -subr_ge0 in yy.
rewrite -subr_ge0 in gy; rewrite -subr_ge0 in JF; rewrite -subr_ge0 in zz.
move: slack AM bb yy gy JF zz tt; rewrite -/y.
move: (dot e e) (dot w w) (dot v w) (dot e b) (dot b b) (dot y y) (dot g g) (dot g y)
  (dot Jw F) (dot z z) (dot (U^T *m z) (U^T *m z)).
move=> ee ww vw eb bb0 yy0 gg gy0 jf zz0 tt H1 H2 H3 H4 H5 H6 H7 H8.
have p0 : 0 < p by rewrite invr_gt0.
have d0 : 0 < (1 - l)^-1 by rewrite invr_gt0.
have k1 : 0 <= p * (1 - l)^-1 by pos.
have k3 : 0 <= p * eta ^+ 2 * (1 - l) by pos.
have k4 : 0 <= eta ^+ 2 * (1 - l) * s1 ^+ 2 * (p + (1 + ps) ^+ 2) by pos.
have k5 : 0 <= 2%:R * eta * p * (1 - l) by pos.
have k6 : 0 <= 2%:R * eta * p by pos.
have k8 : 0 <= p * eta ^+ 2 by pos.
have C := addr_ge0 (addr_ge0 (addr_ge0 (addr_ge0 (addr_ge0 (addr_ge0 (addr_ge0
  (mulr_ge0 k1 H1) (mulr_ge0 k1 H2)) (mulr_ge0 k3 H3)) (mulr_ge0 k4 H4)) (mulr_ge0 k5 H5))
  (mulr_ge0 k6 H6)) (mulr_ge0 (sqr_ge0 eta) H7)) (mulr_ge0 k8 H8).
rewrite -subr_ge0; move: C; congr (0 <= _).
rewrite /br /x /p; field.
by rewrite !gt_eqF.
Qed.
End PerturbedInequality.
