(* Gradient descent Y_+ = Y - eta (Y Y^T - A) Y without normalization, eta s1 <= 1/3. With W = Y^T Y and e = (W - w) v,
   v^T W_+ v is w (1 - eta w)^2 |v|^2 and a sum of terms >= 0; so 1/w grows by at most 15/4 eta in a step. Where
   Y has r columns and A has rank k < r, range(Y) meets the kernel of A in r - k dimensions, and there Y Y^T - A is at
   least w: the error is at least sqrt(r - k) w. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct FrobeniusNorm OperatorNorm PolarFactor.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* |P v|^2 <= c v^T P v when 0 <= P <= c *)
Lemma psd_sq (R : realFieldType) n (P : 'M[R]_n) c v : P^T = P -> (forall u, 0 <= qf P u <= c * nrm2 u) ->
  nrm2 (P *m v) <= c * qf P v.
Proof.
move=> Ps Pc; have Pp u : 0 <= qf P u by case/andP: (Pc u).
have sym x z : dot x (P *m z) = dot z (P *m x) by rewrite dotC dot_adj Ps.
have q : dot v (P *m (P *m v)) ^+ 2 <= qf P (P *m v) * qf P v.
  apply: quad => // a; have := Pp (v - a *: (P *m v)); congr (0 <= _).
  rewrite !qfE !(mulmxDr, mulmxN, mulmxZr) !dotlin (sym (P *m v) v).
  by move: (dot v (P *m v)) (dot v _) (dot (P *m v) _) => d1 d2 d3; ring.
have /andP[_ h] := Pc (P *m v).
have e : dot v (P *m (P *m v)) = nrm2 (P *m v) by rewrite sym.
rewrite e in q; have [t0|t0] := leP (nrm2 (P *m v)) 0.
  have /eqP z : nrm2 (P *m v) == 0 by rewrite eq_le t0 nrm2_ge0.
  have := Pc v; rewrite z => /andP[h1 h2].
  have [c0|/ltW c0] := leP 0 c; first by rewrite mulr_ge0.
  have /eqP -> : qf P v == 0; last by rewrite mulr0.
  by rewrite eq_le h1 (le_trans h2) // mulr_le0_ge0 // nrm2_ge0.
rewrite -(ler_pmul2l t0) -expr2 (le_trans q) // mulrC (mulrCA _ c) (mulrC (nrm2 _)).
by rewrite mulrCA; apply: ler_wpmul2l.
Qed.

Section Step.
Variables (R : realFieldType) (m r : nat) (A : 'M[R]_m) (s1 eta : R).
Hypothesis Apsd : psd_at_most A s1.
Hypothesis s10 : 0 < s1.
Hypothesis eta0 : 0 < eta.
Hypothesis h3 : eta * s1 <= 3%:R^-1.
Variables (Y : 'M[R]_(m, r)) (w : R).
Hypothesis Yw : gram_between w s1 Y.
Hypothesis w0 : 0 <= w.
Hypothesis ws : w <= s1.
Notation W := (Y^T *m Y).
Notation h := (eta * s1).

Lemma WA (u v : 'cV[R]_r) : dot (W *m u) v = dot u (W *m v). Proof. by rewrite dot_adj trmx_mul trmxK. Qed.
Lemma YYd (u v : 'cV[R]_r) : dot (Y *m u) (Y *m v) = dot u (W *m v). Proof. by rewrite dot_adj mulmxA. Qed.
Lemma h0 : 0 < h. Proof. exact: mulr_gt0. Qed.
Lemma h13 : 0 <= 1 - 3%:R * h.
Proof. by rewrite subr_ge0 mulrC -ler_pdivl_mulr ?ltr0n // mul1r. Qed.

(* Y_+ v = Y (v - eta W v) + eta A Y v *)
Lemma gd_stepE (v : 'cV[R]_r) : gd_step A eta Y *m v = Y *m (v - eta *: (W *m v)) + eta *: (A *m (Y *m v)).
Proof.
rewrite /gd_step mulmxBl -scalemxAl mulmxBl mulmxBl scalerBr opprB addrCA addrC.
by rewrite mulmxBr mulmxZr !mulmxA.
Qed.

(* |Y (v - eta W v)|^2 in the moments v^T W^j v *)
Lemma gd_moments (v : 'cV[R]_r) : dot (Y *m (v - eta *: (W *m v))) (Y *m (v - eta *: (W *m v)))
  = dot v (W *m v) - 2%:R * eta * dot v (W *m (W *m v)) + eta ^+ 2 * dot v (W *m (W *m (W *m v))).
Proof. by rewrite YYd !(mulmxDr, mulmxN, mulmxZr, dotlin, WA); ring. Qed.

(* The norm does not grow. h (1 - h) (s1 |v|^2 - |Y_+ v|^2) is the sum of a square, of what is left of |A Y v|^2 <=
   s1^2 |Y v|^2, and of a polynomial in s1 - W with coefficients >= 0. *)
Lemma gd_norm (v : 'cV[R]_r) : nrm2 (gd_step A eta Y *m v) <= s1 * nrm2 v.
Proof.
have [As Ab] := Apsd; have hp := h0; have h13' := h13.
have a1 : 0 <= s1 ^+ 2 * dot (Y *m v) (Y *m v) - dot (A *m (Y *m v)) (A *m (Y *m v)).
  rewrite subr_ge0; apply: le_trans (psd_sq _ As Ab) _; rewrite expr2 -mulrA; apply: ler_wpmul2l; first exact: ltW.
  by case/andP: (Ab (Y *m v)).
have e3 : 1 - h = 1 - 3%:R * h + 2%:R * h by ring.
have h1 : 0 < 1 - h by rewrite e3 ltr_paddl // mulr_gt0 // ltr0n.
have h12 : 0 <= 1 - 2%:R * h.
  by have := addr_ge0 h13' (ltW hp); congr (0 <= _); ring.
have h23 : 0 <= 2%:R - 3%:R * h.
  by have := addr_ge0 h13' (@ler01 R); congr (0 <= _); ring.
pose z := s1 *: v - W *m v.
have zp u : 0 <= dot u (s1 *: u - W *m u).
  by rewrite dotDr dotZr dotNr -YYd subr_ge0; case/andP: (Yw u).
have c2 := zp v; have c3 := dot_ge0 z; have c4 := zp z.
have e0 := ltW eta0; have hp' := ltW hp; have h1' := ltW h1.
have b : 0 <= h * ((1 - h) * (1 - 2%:R * h) * dot v (s1 *: v - W *m v) + eta * (2%:R - 3%:R * h) * dot z z
   + eta ^+ 2 * dot z (s1 *: z - W *m z)) + (1 - h) * eta ^+ 2 * (s1 ^+ 2 * dot (Y *m v) (Y *m v)
   - dot (A *m (Y *m v)) (A *m (Y *m v))) by pos.
have c1 := dot_ge0 (h *: (Y *m (v - eta *: (W *m v))) - ((1 - h) * eta) *: (A *m (Y *m v))).
rewrite -subr_ge0 -(pmulr_rge0 _ (mulr_gt0 hp h1)) gd_stepE.
move: (addr_ge0 b c1); congr (0 <= _); rewrite !nrm2E.
have mo := gd_moments v; move: (Y *m (v - eta *: (W *m v))) (A *m (Y *m v)) mo => p q mo.
rewrite !(dotlin) (dotC q p) mo YYd /z !(mulmxDr, mulmxN, mulmxZr, dotlin, WA).
move: (dot v v) (dot v (W *m v)) (dot v (W *m (W *m v))) (dot v (W *m (W *m (W *m v)))) (dot q q) (dot p q).
by move=> g0 g1 g2 g3 qq pq; ring.
Qed.

(* The smallest eigenvalue of the Gram matrix does not fall below w (1 - eta w)^2. *)
Lemma gd_crawl (v : 'cV[R]_r) : crawl eta w * nrm2 v <= nrm2 (gd_step A eta Y *m v).
Proof.
have [As Ab] := Apsd; have h13' := h13.
pose P := W - w%:M; have PE u : P *m u = W *m u - w *: u by rewrite mulmxBl mul_scalar_mx.
have Ps : P^T = P by rewrite linearB /= tr_scalar_mx trmx_mul trmxK.
have qP u : qf P u = nrm2 (Y *m u) - w * nrm2 u by rewrite qfE PE dotDr dotNr dotZr nrm2E YYd.
have Pc u : 0 <= qf P u <= (s1 - w) * nrm2 u.
  by have /andP[l1 l2] := Yw u; rewrite qP subr_ge0 l1 mulrBl ler_add2r.
pose e := P *m v.
have e1 : 0 <= (s1 - w) * dot v e - dot e e by rewrite subr_ge0 -qfE; apply: psd_sq.
have e2 : 0 <= dot v e by rewrite -qfE; case/andP: (Pc v).
have e3 := dot_ge0 (Y *m e - A *m (Y *m v)).
have e4 : 0 <= dot (Y *m v) (A *m (Y *m v)) by rewrite -qfE; case/andP: (Ab (Y *m v)).
have e0 := ltW eta0.
have k1 : 0 <= eta * (s1 - w) by rewrite mulr_ge0 ?subr_ge0.
have h1 : 0 <= 1 - eta * w.
  have := addr_ge0 (addr_ge0 h13' k1) (mulr_ge0 (ler0n R 2) (ltW h0)); congr (0 <= _); ring.
have h2 : 0 <= 1 - eta * w - 2%:R * h.
  by have := addr_ge0 h13' k1; congr (0 <= _); ring.
have b : 0 <= (1 - eta * w) * ((1 - eta * w - 2%:R * h) * dot v e + 2%:R * eta * ((s1 - w) * dot v e - dot e e))
   + 2%:R * eta * (1 - eta * w) * dot (Y *m v) (A *m (Y *m v))
   + eta ^+ 2 * dot (Y *m e - A *m (Y *m v)) (Y *m e - A *m (Y *m v)).
  by pos.
rewrite -subr_ge0 gd_stepE /crawl.
have vE : v - eta *: (W *m v) = (1 - eta * w) *: v - eta *: e.
  by rewrite /e PE scalerBr opprB scalerBl scale1r scalerA addrA subrK.
move: b; congr (0 <= _); rewrite vE mulmxBr !mulmxZr.
have y1 : dot (Y *m v) (Y *m e) = dot e e + w * dot v e.
  by rewrite YYd -WA {1}(_ : W *m v = e + w *: v) ?dotDl ?dotZl // /e PE subrK.
have y0 : dot (Y *m v) (Y *m v) = dot v e + w * dot v v.
  by rewrite YYd (_ : W *m v = e + w *: v) ?dotDr ?dotZr // /e PE subrK.
rewrite !nrm2E; move: (Y *m v) (Y *m e) (A *m (Y *m v)) y0 y1 => p q a y0 y1.
rewrite !dotlin (dotC q p) (dotC a p) (dotC a q) y0 y1.
by move: (dot v v) (dot v e) (dot e e) (dot q q) (dot p a) (dot q a) (dot a a) => *; ring.
Qed.
End Step.

Section Crawl.
Variables (R : realFieldType) (s1 eta w : R).
Hypothesis eta0 : 0 < eta.
Hypothesis h3 : eta * s1 <= 3%:R^-1.
Hypothesis w0 : 0 < w.
Hypothesis ws : w <= s1.

Lemma level_small : 0 <= 3%:R^-1 - eta * w.
Proof. by rewrite subr_ge0; apply: le_trans h3; rewrite ler_pmul2l. Qed.
Lemma factor_gt0 : 0 < 1 - eta * w.
Proof.
have -> : 1 - eta * w = 3%:R^-1 - eta * w + 2%:R / 3%:R by field.
by rewrite ltr_paddl ?level_small // divr_gt0 ?ltr0n.
Qed.
Lemma crawl_gt0 : 0 < crawl eta w. Proof. by rewrite mulr_gt0 // exprn_gt0 // factor_gt0. Qed.
Lemma crawl_le : crawl eta w <= w.
Proof.
rewrite /crawl ler_pimulr ?(ltW w0) // exprn_ile1 ?(ltW factor_gt0) //.
by rewrite ler_subl_addl ler_addr mulr_ge0 // ltW.
Qed.

(* 15/4 (1-a)^2 - (2-a) = (1/3 - a)(21/4 - 15/4 a) with a = eta w <= 1/3 *)
Lemma crawl_inv : (crawl eta w)^-1 <= w^-1 + 15%:R / 4%:R * eta.
Proof.
have a0 := level_small; have ap := factor_gt0.
have c0 : 0 < w * (1 - eta * w) ^+ 2 by rewrite mulr_gt0 // exprn_gt0.
have wn : w != 0 by rewrite gt_eqF.
have an : 1 - eta * w != 0 by rewrite gt_eqF.
rewrite /crawl -(ler_pmul2r c0) mulVf ?gt_eqF // -subr_ge0.
have b : 0 <= 21%:R / 4%:R - 15%:R / 4%:R * (eta * w).
  have -> : 21%:R / 4%:R - 15%:R / 4%:R * (eta * w) = 15%:R / 4%:R * (3%:R^-1 - eta * w) + 4%:R by field.
  by rewrite addr_ge0 ?ler0n // mulr_ge0 // divr_ge0 ?ler0n.
have := mulr_ge0 (mulr_ge0 (ltW eta0) (ltW w0)) (mulr_ge0 a0 b); congr (0 <= _).
by field.
Qed.
End Crawl.

Section Trajectory.
Variables (R : realFieldType) (m r : nat) (A : 'M[R]_m) (s1 eta : R).
Variables (Y : nat -> 'M[R]_(m, r)) (w0 : R).
Hypothesis Apsd : psd_at_most A s1.
Hypothesis s10 : 0 < s1.
Hypothesis eta0 : 0 < eta.
Hypothesis h3 : eta * s1 <= 3%:R^-1.
Hypothesis w00 : 0 < w0.
Hypothesis w0s : w0 <= s1.
Hypothesis Y0 : gram_between w0 s1 (Y 0%N).
Hypothesis Yst : forall t, Y t.+1 = gd_step A eta (Y t).

Theorem gd_trajectory t (wt := iter t (crawl eta) w0) :
  [/\ 0 < wt, wt <= s1, gram_between wt s1 (Y t) & wt^-1 <= w0^-1 + 15%:R / 4%:R * eta * t%:R].
Proof.
rewrite /wt; elim: t {wt} => [|t [i1 i2 i3 i4]] /=; first by split=> //; rewrite mulr0 addr0.
split.
- exact: crawl_gt0 i1 i2.
- exact: le_trans (crawl_le eta0 h3 i1 i2) i2.
- move=> v; rewrite Yst; apply/andP; split; first exact: (gd_crawl Apsd s10 eta0 h3 i3 i2).
  exact: (gd_norm Apsd s10 eta0 h3 i3).
- apply: le_trans (crawl_inv eta0 h3 i1 i2) _.
  by rewrite -[t.+1]addn1 natrD mulrDr mulr1 addrA ler_add2r.
Qed.
End Trajectory.

(* |Y Y^T - A|_F^2 >= (r - rank A) w^2: on range(Y), in the kernel of A, stands an orthonormal Q with r - rank A columns
   at least, and the diagonal of Q^T (Y Y^T - A) Q = Q^T Y Y^T Q is at least w. *)
Section Frobenius.
Variables (F : rcfType) (m r : nat) (A : 'M[F]_m) (s w : F) (Y : 'M[F]_(m, r)).
Hypothesis Yw : gram_between w s Y.
Hypothesis w0 : 0 < w.

(* |Y^T Y z|^2 >= w |Y z|^2 *)
Lemma gram_twice (z : 'cV[F]_r) : w * nrm2 (Y *m z) <= nrm2 (Y^T *m (Y *m z)).
Proof.
rewrite !nrm2E; set q := Y^T *m (Y *m z).
have e : dot (Y *m z) (Y *m z) = dot z q by rewrite dot_adj.
have /andP[h1 _] := Yw z; rewrite !nrm2E e in h1.
have h2 := dot_ge0 (q - w *: z); rewrite -subr_ge0 in h1; rewrite e -subr_ge0.
have := addr_ge0 h2 (mulr_ge0 (ltW w0) h1); congr (0 <= _).
by rewrite !dotlin (dotC q z); ring.
Qed.

Lemma range_kernel : exists e (Q : 'M[F]_(m, e)),
  [/\ (r - \rank A <= e)%N, Q^T *m Q = 1%:M, A *m Q = 0 & exists C, Q = Y *m C].
Proof.
pose N := kermx (A *m Y)^T; pose B := (row_base N)^T.
have AYB : A *m (Y *m B) = 0.
  rewrite mulmxA -[LHS]trmxK trmx_mul trmxK [X in X^T](_ : _ = 0) ?trmx0 //.
  by apply/sub_kermxP; rewrite eq_row_base.
have pos (v : 'cV[F]_(\rank N)) : v != 0 -> 0 < nrm2 (Y *m B *m v).
  move=> v0; have bv : B *m v != 0.
    apply: contra v0 => /eqP bv; have := congr1 trmx bv.
    rewrite trmx_mul trmxK trmx0 => /eqP; rewrite mulmx_free_eq0 ?row_base_free //.
    by rewrite trmx_eq0.
  rewrite -mulmxA; have /andP[h _] := Yw (B *m v).
  by apply: lt_le_trans h; rewrite mulr_gt0 // dot_gt0.
have [_ _ QQ] := polarP pos.
exists (\rank N), (polar (Y *m B)); split=> //.
- by rewrite mxrank_ker mxrank_tr leq_sub2l // mxrankM_maxl.
- by rewrite /polar mulmxA AYB mul0mx.
- by exists (B *m polarH (Y *m B)); exact/esym/mulmxA.
Qed.

Theorem gd_residual : (r - \rank A)%:R * w ^+ 2 <= fro2 (Y *m Y^T - A).
Proof.
have [e [Q [re QQ AQ [C QE]]]] := range_kernel.
have oQ : opb Q 1 := opb_St QQ.
apply: le_trans (_ : fro2 (Q^T *m ((Y *m Y^T - A) *m Q)) <= _); last first.
  have := fro2_opl ((Y *m Y^T - A) *m Q) (opb_tr oQ); rewrite expr1n mul1r => h; apply: le_trans h _.
  by have := fro2_opr (Y *m Y^T - A) oQ; rewrite expr1n mul1r.
rewrite mulmxBl AQ subr0 -(mulmxA Y).
have diag i : w <= (Q^T *m (Y *m (Y^T *m Q))) i i.
  have -> : (Q^T *m (Y *m (Y^T *m Q))) i i = nrm2 (Y^T *m (Q *m delta_mx i 0)).
    have dq (M : 'M[F]_e) : M i i = qf M (delta_mx i 0).
      by rewrite /qf -(mulmxA _ _ (delta_mx i 0)) -colE trmx_delta -rowE !mxE.
    by rewrite dq qfE nrm2E dot_adj trmxK dot_adj -!mulmxA.
  have QE2 : Q *m delta_mx i (0 : 'I_1) = Y *m (C *m delta_mx i 0) by rewrite mulmxA -QE.
  have n1 : nrm2 (Q *m delta_mx i (0 : 'I_1)) = 1.
    by rewrite nrm2E dot_adj mulmxA QQ mul1mx /dot trmx_delta mul_delta_mx mxE !eqxx.
  have := gram_twice (C *m delta_mx i 0); rewrite -QE2 n1 mulr1.
  by [].
apply: le_trans (_ : e%:R * w ^+ 2 <= _).
  by apply: ler_wpmul2r; [exact: sqr_ge0 | rewrite ler_nat].
rewrite /fro2 -[e in e%:R]card_ord -sum1_card natr_sum mulr_suml; apply: ler_sum => i _.
rewrite (bigD1 i) //= mul1r ler_paddr ?sumr_ge0 // => [j _|]; first exact: sqr_ge0.
have := diag i; move: (_ i i) => x wx.
by apply: ler_expn2r; rewrite ?nnegrE ?(ltW w0) // (le_trans (ltW w0)).
Qed.
End Frobenius.

Section LowerBound.
Variables (F : rcfType) (m r : nat) (A : 'M[F]_m) (s1 eta : F).
Variables (Y : nat -> 'M[F]_(m, r)) (w0 : F).
Hypothesis Apsd : psd_at_most A s1.
Hypothesis s10 : 0 < s1.
Hypothesis eta0 : 0 < eta.
Hypothesis h3 : eta * s1 <= 3%:R^-1.
Hypothesis w00 : 0 < w0.
Hypothesis w0s : w0 <= s1.
Hypothesis Y0 : gram_between w0 s1 (Y 0%N).
Hypothesis Yst : forall t, Y t.+1 = gd_step A eta (Y t).

Theorem lower_bound_fro t :
  Num.sqrt (r - \rank A)%:R / (w0^-1 + 15%:R / 4%:R * eta * t%:R) <= Num.sqrt (fro2 (Y t *m (Y t)^T - A)).
Proof.
have [i1 i2 i3 i4] := gd_trajectory Apsd s10 eta0 h3 w00 w0s Y0 Yst t.
have h := gd_residual A i3 i1; move: (iter t _ _) i1 i4 h => w i1 i4 h.
apply: le_trans (_ : Num.sqrt ((r - \rank A)%:R * w ^+ 2) <= _); last exact: ler_wsqrtr.
rewrite sqrtrM ?ler0n // sqrtr_sqr ger0_norm ?(ltW i1) //; apply: ler_wpmul2l; first exact: sqrtr_ge0.
rewrite -[w in _ <= w]invrK lef_pinv ?posrE ?invr_gt0 //.
by apply: lt_le_trans i4; rewrite invr_gt0.
Qed.
End LowerBound.
