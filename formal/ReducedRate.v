(* From the core inequality to the gain per step, for k x k matrices. Let M >= b and |M| <= s1^2, and let S_+
   satisfy
     <u, L w>^2 <= (u^T S_+ u) (w^T S^(-1) w + eta^2 w^T K w)     for all u and w,
   which is what Cauchy-Schwarz gives in the span of the new point (HorizontalStep.v). Then
     1/lambda_min(S_+) <= (1/l) (1 - reduced_gain).
   On the way: |L| <= 1 + eta s1^2 (1 - l), and L is invertible. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Contraction CoreInequality.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section ReducedRate.
Variables (R : realFieldType) (n : nat).
Variables (S M : 'M[R]_n) (l s1 b eta : R).
Hypothesis Ssym : S^T = S.
Hypothesis Slo : forall w : 'cV[R]_n, l * nrm2 w <= qf S w.
Hypothesis Shi : forall w : 'cV[R]_n, qf S w <= nrm2 w.
Hypothesis Msym : M^T = M.
Hypothesis Mhi : forall w : 'cV[R]_n, nrm2 (M *m w) <= s1 ^+ 2 * qf M w.
Hypothesis l0 : 0 < l.
Hypothesis l1 : l < 1.
Hypothesis eta0 : 0 < eta.

Let L : 'M[R]_n := 1%:M + eta *: ((1%:M - S) *m M).
Let K : 'M[R]_n := M *m (1%:M - S) *m M.
Let p := l^-1.

Variable Sp : 'M[R]_n.
Hypothesis Mlo : forall w : 'cV[R]_n, b * nrm2 w <= qf M w.
Hypothesis qMhi : forall w : 'cV[R]_n, qf M w <= s1 ^+ 2 * nrm2 w.
Hypothesis b0 : 0 < b.
Hypothesis s10 : 0 < s1.
Hypothesis x1 : eta * s1 ^+ 2 <= 1.
Hypothesis Sp0 : forall u, 0 <= qf Sp u.
(* what an orthonormalisation gives for Sp = S_+ *)
Hypothesis Spcs : forall u w : 'cV[R]_n,
  dot u (L *m w) ^+ 2 <= qf Sp u * (qf (invmx S) w + eta ^+ 2 * qf K w).

Let x := eta * s1 ^+ 2.
Let t := x * (1 - l).
Let c := 1 - eta * s1 ^+ 2 * (1 + l) / 2%:R.

Lemma c0 : 0 < 1 - l. Proof. by rewrite subr_gt0. Qed.
Lemma x0 : 0 < x.
Proof. by rewrite mulr_gt0 // exprn_gt0. Qed.
Lemma t0 : 0 < t. Proof. by apply: mulr_gt0; [apply: x0 | apply: c0]. Qed.
Lemma cp : 0 < c.
Proof.
rewrite subr_gt0 ltr_pdivr_mulr ?ltr0n // mul1r.
apply: le_lt_trans (_ : _ <= 1 + l) _; last by rewrite -[2%:R]/(1 + 1 : R) ltr_add2l.
by apply: ler_pimull => //; apply: addr_ge0; rewrite ?ler01 ?(ltW l0).
Qed.
Lemma t1 : 0 < (1 + t) ^+ 2.
Proof. by rewrite exprn_gt0 // addr_gt0 ?ltr01 ?t0. Qed.

Lemma L_hi (w : 'cV[R]_n) : nrm2 (L *m w) <= (1 + t) ^+ 2 * nrm2 w.
Proof.
have -> : L *m w = w + eta *: ((1%:M - S) *m (M *m w)).
  by rewrite /L mulmxDl mul1mx -scalemxAl mulmxA.
set z := (1%:M - S) *m _.
have hz : nrm2 z <= (1 - l) ^+ 2 * (s1 ^+ 2 * (s1 ^+ 2 * nrm2 w)).
  apply: le_trans (D_hi Ssym Slo Shi l1 _) _; apply: ler_wpmul2l; first exact: sqr_ge0.
  apply: le_trans (Mhi _) _; apply: ler_wpmul2l; first exact: sqr_ge0.
  exact: qMhi.
have h2 := dot_ge0 (t *: w - eta *: z).
rewrite dot_sub2 dotZr dotZl -[dot z z]nrm2E -[dot w w]nrm2E in h2.
rewrite nrm2E dot_add2 -[dot z z]nrm2E -[dot w w]nrm2E.
rewrite -subr_ge0 in hz; rewrite dotZl in h2.
rewrite -subr_ge0 -(pmulr_rge0 _ t0).
have h4 := addr_ge0 h2 (mulr_ge0 (mulr_ge0 (sqr_ge0 eta) (addr_ge0 ler01 (ltW t0))) hz).
move: h4; congr (0 <= _).
rewrite /t /x; ring.
Qed.

Definition Nw w := p * nrm2 (L *m w) - eta ^+ 2 * qf K w - qf (invmx S) w.

(* what 1/lambda_min loses, relative to p *)
Definition reduced_gain : R := 2%:R * eta * b * (1 - l) * c / (1 + t) ^+ 2.

Lemma N_lo w : p * (2%:R * eta * b * (1 - l) * c) * nrm2 w <= Nw w.
Proof.
apply: le_trans _ (core_inequality eta Ssym Slo Shi Msym Mhi l0 l1 w).
have h := Mlo w; rewrite -subr_ge0 in h.
have h2 : 0 <= 2%:R * eta * p * (1 - l) * c.
  by rewrite !mulr_ge0 ?ler0n ?invr_ge0 // ltW // ?cp ?c0.
rewrite -subr_ge0; have h3 := mulr_ge0 h2 h.
by move: h3; congr (0 <= _); rewrite /c /p; ring.
Qed.

Lemma N_gain w : p * reduced_gain * nrm2 (L *m w) <= Nw w.
Proof.
apply: le_trans _ (N_lo w).
have p0 : 0 <= p by rewrite invr_ge0 ltW.
have h0 : 0 <= 2%:R * eta * b * (1 - l) * c.
  by rewrite !mulr_ge0 ?ler0n // ltW // ?cp ?c0.
have r0 : 0 <= reduced_gain by rewrite /reduced_gain divr_ge0 // ltW // t1.
rewrite -(mulrA p) -(mulrA p); apply: ler_wpmul2l => //.
apply: le_trans (ler_wpmul2l r0 (L_hi w)) _.
by rewrite mulrA /reduced_gain -/x -/t divfK ?gt_eqF ?t1.
Qed.

Lemma qI_ge0 w : 0 <= qf (invmx S) w.
Proof.
have Su := S_unit Ssym Slo l0.
have -> : qf (invmx S) w = qf S (invmx S *m w).
  by rewrite !qfE mulmxA mulmxV // mul1mx dotC.
by apply: le_trans (Slo _); rewrite mulr_ge0 ?(ltW l0) // dot_ge0.
Qed.

Lemma qK_ge0 w : 0 <= qf K w.
Proof. by rewrite (qfK S Msym) subr_ge0 -qfE -nrm2E. Qed.

Lemma L_unit : L \in unitmx.
Proof.
apply: inj_unit => w Lw0; apply/eqP; apply: contraT => w0.
have hp : 0 < p * (2%:R * eta * b * (1 - l) * c) * nrm2 w.
  have wp : 0 < nrm2 w by apply: dot_gt0.
  have pp : 0 < p by rewrite invr_gt0.
  have cp' := cp; have c0' := c0.
  by rewrite !mulr_gt0 ?ltr0n.
have := lt_le_trans hp (N_lo w); rewrite /Nw Lw0 nrm2E /dot mulmx0 mxE mulr0 sub0r.
rewrite -opprD oppr_gt0 ltNge addr_ge0 ?qI_ge0 // mulr_ge0 ?sqr_ge0 //.
exact: qK_ge0.
Qed.

(* |u|^2 <= (1/l)(1 - reduced_gain) u^T S_+ u *)
Theorem reduced_rate u : nrm2 u <= p * (1 - reduced_gain) * qf Sp u.
Proof.
have [->|u0] := eqVneq u 0.
  by rewrite nrm2E qfE /dot !mulmx0 mxE mulr0.
have up := dot_gt0 u0.
pose w := invmx L *m u.
have Lw : L *m w = u by rewrite /w mulmxA mulmxV ?L_unit // mul1mx.
have h := Spcs u w; have h2 := N_gain w.
rewrite /Nw Lw in h2; rewrite Lw in h.
rewrite -subr_ge0 in h2.
have h3 := mulr_ge0 (Sp0 u) h2; rewrite -subr_ge0 in h.
rewrite -subr_ge0 -(pmulr_rge0 _ up).
have h4 := addr_ge0 h h3.
move: h4; congr (0 <= _).
rewrite -!nrm2E; ring.
Qed.

(* the new level l/(1 - reduced_gain) is below 1 again *)
Lemma reduced_gain_lt : b <= s1 ^+ 2 -> reduced_gain < 1 - l.
Proof.
move=> bs; rewrite /reduced_gain ltr_pdivr_mulr ?t1 //.
have h1 : 1 <= (1 + t) ^+ 2 by rewrite exprn_ege1 // ler_addl ltW // t0.
apply: lt_le_trans (_ : (1 - l) * 1 <= _); last by apply: ler_wpmul2l => //; apply: ltW c0.
have hx : eta * b <= x by rewrite /x ler_wpmul2l // ltW.
have e1 : 2%:R * eta * b * (1 - l) * c = (1 - l) * (2%:R * c * (eta * b)) by ring.
rewrite e1 (ltr_pmul2l c0).
apply: le_lt_trans (_ : 2%:R * c * x < _).
  by apply: ler_wpmul2l => //; rewrite mulr_ge0 ?ler0n // ltW // cp.
rewrite -subr_gt0 (_ : 1 - _ = (1 - x) ^+ 2 + x ^+ 2 * l).
  by apply: ltr_paddl; rewrite ?sqr_ge0 // mulr_gt0 // exprn_gt0 // x0.
by rewrite /c -/x; field.
Qed.

Lemma level_gt1 : b <= s1 ^+ 2 -> 1 < p * (1 - reduced_gain).
Proof.
by move=> bs; rewrite mulrC /p ltr_pdivl_mulr // mul1r ltr_subr_addl -ltr_subr_addr reduced_gain_lt.
Qed.
End ReducedRate.
