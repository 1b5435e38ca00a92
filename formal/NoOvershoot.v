(* Step 11: the alignment cannot jump to 1 in one step. If l is attained, w^T S w = l with |w| = 1, then w^T S_+ w
   <= 1 - (9/20)^2 (1 - l); this is what part (f) of Theorem F needs. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Contraction CoreInequality Alignment FrobeniusNorm Residual
  OperatorNorm PerturbedInequality ScalarInequality FiniteSampleStep.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

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


Notation V := (V0 U sig X Th E).
Notation O := (Om U sig X Th E).

Lemma etaV_op : opb (eta *: V) (11%:R / 20%:R * nu).
Proof.
have [x0 _] := Xiop; have [e0 _] := Eop; have s10 := ltW (s1p sk0 sks1); have et0 := ltW eta0.
apply: opb_le (opbZ et0 (V0_op UU XX sk0 sks1 siglo sighi Xl nu0 nu2 Eop Xiop)).
have h1 : s1 + xi <= 21%:R / 20%:R * s1.
  have h := xi20 sk0 sks1 l0 nu0 nu2 al1 xial; rewrite -subr_ge0 in h; rewrite -subr_ge0.
  by move: h; congr (0 <= _); field.
have h4 : nu * s1 + eps <= 1671%:R / 1600%:R * (nu * s1).
  have h := epsb sks1 l0 nu0 al1 epsal; rewrite -subr_ge0 in h; rewrite -subr_ge0.
  have c0 : 0 <= 1 - l by rewrite subr_ge0 ltW.
  have hh : 0 <= 71%:R / 1600%:R * (1 - l) * nu * s1 by pos.
  by have := addr_ge0 h hh; congr (0 <= _); field.
have p2 : (nu * s1 + eps) * (s1 + xi) <= 1671%:R / 1600%:R * (nu * s1) * (21%:R / 20%:R * s1).
  by apply: ler_pmul => //; pos.
rewrite -subr_ge0 in p2.
have h5 := x12; rewrite -subr_ge0 in h5.
have i0 : 0 <= (32%:R * 1000%:R)^-1 :> R by rewrite invr_ge0; pos.
have k0 : 0 <= 1671%:R * 21%:R * (32%:R * 1000%:R)^-1 * nu by pos.
have k1 : 0 <= 109%:R * (64%:R * 1000%:R)^-1 * nu.
  apply: mulr_ge0 => //; apply: mulr_ge0; [exact: ler0n | rewrite invr_ge0; pos].
rewrite -subr_ge0.
have := addr_ge0 (addr_ge0 (mulr_ge0 et0 p2) (mulr_ge0 k0 h5)) k1.
congr (0 <= _); by field.
Qed.

Variables (Y : 'M[R]_(m, r)) (T : 'M[R]_r).
Hypothesis YY : Y^T *m Y = 1%:M.
Hypothesis YE : Y = (X - eta *: G) *m T.

Lemma BE' (v : 'cV[R]_r) : (X - eta *: G) *m v = X *m (v - eta *: (O *m v)) + eta *: (V *m v).
Proof.
rewrite (GE U sig XX Ths Es); move: O V => o V.
rewrite mulmxBl -scalemxAl mulmxBl mulmxBr mulmxZr scalerBr opprB -mulmxA.
by rewrite -addrA; congr (_ + _); rewrite addrC.
Qed.

Lemma T_contr (v : 'cV[R]_r) : nrm2 (T *m v) <= nrm2 v.
Proof.
have -> : nrm2 v = nrm2 (Y *m v) by rewrite !nrm2E dot_adj mulmxA YY mul1mx.
rewrite YE -mulmxA BE'; move: (T *m v) => y.
have XV : X^T *m (V *m y) = 0.
  by rewrite /V0; move: ((A - E) *m X *m Th) => C; rewrite !mulmxA (XtQ XX) !mul0mx.
rewrite [leRHS]nrm2E dot_add2 [dot (X *m _) (V *m _)]dot_adj XV.
rewrite [dot (X *m _) (X *m _)]dot_adj mulmxA XX mul1mx -[dot (y - _) _]nrm2E.
rewrite -(IOE U sig eta X Th E) (IO_nrm U sig eta X Ths Es).
have d0 (u : 'cV[R]_r) : dot u 0 = 0 by rewrite /dot mulmx0 mxE.
rewrite d0 mulr0 addr0 -addrA ler_addl.
by rewrite addr_ge0 // mulr_ge0 ?sqr_ge0 ?dot_ge0 ?nrm2_ge0.
Qed.

Theorem no_overshoot (w : 'cV[R]_k) : nrm2 w = 1 -> qf S w = l ->
  qf (alignment U Y) w <= 1 - (9%:R / 20%:R) ^+ 2 * (1 - l).
Proof.
move=> w1 wl.
pose c := Y^T *m (U *m w).
have c1 : nrm2 c <= 1 by rewrite -w1 -(nrmU UU w); apply: bessel.
(* y = Y c = projection of U w; Q y = Q (eta V0 T c) *)
pose y := Y *m c.
have n1 : nrm2 (U *m w - y) = 1 - qf (alignment U Y) w.
  rewrite qov -/c nrm2E -[y]scale1r dot_sub2 -!nrm2E (nrmU UU) w1.
  have -> : dot (U *m w) y = nrm2 c by rewrite /y -[Y]trmxK -dot_adj nrm2E.
  have -> : nrm2 y = nrm2 c by rewrite /y !nrm2E dot_adj mulmxA YY mul1mx.
  by ring.
have [_ hQ] := opb_Q XX.
have n2 := hQ (U *m w - y); rewrite expr1n mul1r n1 in n2.
have [a0 hV] := etaV_op.
pose z := Q *m y.
have nz : nrm2 z <= (11%:R / 20%:R * nu) ^+ 2.
  have -> : z = Q *m (eta *: V *m (T *m c)).
    rewrite /z /y YE -mulmxA BE' mulmxDr (mulmxA Q X) (QX0 XX) mul0mx add0r.
    by rewrite -scalemxAl.
  apply: le_trans (hQ _) _; rewrite expr1n mul1r; apply: le_trans (hV _) _.
  rewrite -[leRHS]mulr1; apply: ler_wpmul2l; first exact: sqr_ge0.
  exact: le_trans (T_contr _) c1.
have nJ : nrm2 (Q *m (U *m w)) = nu ^+ 2.
  by rewrite nrm2E (QUE UU XX) -nrm2E -qfE w1 wl nu2.
rewrite mulmxBr -/z in n2.
(* nu <= |Q(Uw-y)| + |z| *)
set d := Q *m (U *m w) - z in n2.
have e : Q *m (U *m w) = d + z by rewrite /d subrK.
case: (leP (qf (alignment U Y) w) (1 - (9%:R / 20%:R) ^+ 2 * (1 - l))) => // bad.
have nd : nrm2 d < (9%:R / 20%:R * nu) ^+ 2.
  apply: le_lt_trans n2 _; rewrite exprMn nu2.
  by rewrite ltr_subl_addr -ltr_subl_addl.
have b0 : 0 <= 9%:R / 20%:R * nu by pos.
have ndl : nrm2 d <= (9%:R / 20%:R * nu) ^+ 2 by exact: ltW.
(* strict triangle inequality: |d+z|^2 = dd + 2 dz + zz with dz <= ab, dd < a^2 *)
have dz : dot d z <= (9%:R / 20%:R * nu) * (11%:R / 20%:R * nu).
  apply: (cs_le (a := (9%:R / 20%:R * nu) ^+ 2) (b := (11%:R / 20%:R * nu) ^+ 2)) => //.
    by rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
  by pos.
have := nJ; rewrite e nrm2E -[z]scale1r dot_add2 -!nrm2E => ee.
rewrite -subr_gt0 in nd; rewrite -subr_ge0 in nz; rewrite -subr_ge0 in dz.
have := ltr_paddr (addr_ge0 nz (mulr_ge0 (ler0n R 2) dz)) nd.
rewrite (_ : _ + _ = 0) ?ltxx // .
have -> : nrm2 d = nu ^+ 2 - 2%:R * 1 * dot d z - 1 ^+ 2 * nrm2 z by rewrite -ee; ring.
by field.
Qed.
End P.
