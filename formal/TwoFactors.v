(* Two factors: what gradient descent does to the imbalance F^T F - G^T G, whatever the residual is, and what the step
   does that sets F^T F to beta^2. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct FrobeniusNorm Alignment OperatorNorm.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section TwoFactors.
Variables (R : realFieldType) (m n r : nat).

Lemma gram_sub p (H D : 'M[R]_(p, r)) (eta : R) :
  (H - eta *: D)^T *m (H - eta *: D) = H^T *m H - eta *: (H^T *m D + D^T *m H) + eta ^+ 2 *: (D^T *m D).
Proof.
have -> : (H - eta *: D)^T = H^T - eta *: D^T by rewrite linearB linearZ.
rewrite mulmxBl !mulmxBr -!scalemxAl -!scalemxAr scalerA -expr2.
move: (H^T *m H) (H^T *m D) (D^T *m H) (D^T *m D) => a b c d.
by apply/matrixP => i j; rewrite !mxE; move: (a i j) (b i j) (c i j) (d i j) => x y z t; ring.
Qed.

Lemma drift (F : 'M[R]_(m, r)) (G : 'M[R]_(n, r)) (Z : 'M[R]_(m, n)) (eta : R) :
  imbalance (F - eta *: (Z *m G)) (G - eta *: (Z^T *m F)) - imbalance F G
  = eta ^+ 2 *: (G^T *m Z^T *m Z *m G - F^T *m Z *m Z^T *m F).
Proof.
rewrite /imbalance !gram_sub !trmx_mul trmxK !mulmxA scalerBr.
move: (F^T *m F) (G^T *m G) (F^T *m Z *m G) (G^T *m Z^T *m F) => f g a b.
move: (G^T *m Z^T *m Z *m G) (F^T *m Z *m Z^T *m F) => c d.
by rewrite (addrC b a); apply/matrixP => i j; rewrite !mxE; ring.
Qed.

Variables (d : nat) (beta p : R) (F : 'M[R]_(m, r)) (G : 'M[R]_(n, r)) (F' : 'M[R]_(m, d)) (G' : 'M[R]_(n, d)).
Hypothesis step : modified_step beta F G F' G'.
Hypothesis p0 : 0 < p.
Hypothesis b2 : beta ^+ 2 = 2%:R * p.
Hypothesis Fp : forall v, nrm2 ((F *m G^T) *m v) <= p ^+ 2 * nrm2 v.

Lemma beta0 : beta != 0.
Proof. by rewrite -sqrf_eq0 b2 mulf_eq0 pnatr_eq0 /= gt_eqF. Qed.

Lemma modified_product : F' *m G'^T = F *m G^T.
Proof.
have [P [s [Q [PP QQ -> -> ->]]]] := step.
have -> : (beta^-1 *: (G *m Q *m diag_mx s))^T = beta^-1 *: (G *m Q *m diag_mx s)^T by rewrite linearZ.
by rewrite -scalemxAl -scalemxAr scalerA mulfV ?beta0 // scale1r !trmx_mul tr_diag_mx !mulmxA.
Qed.

Lemma modified_left : F'^T *m F' = (beta ^+ 2)%:M.
Proof.
have [P [s [Q [PP QQ FE -> GE]]]] := step.
have -> : (beta *: P)^T = beta *: P^T by rewrite linearZ.
rewrite -scalemxAl -scalemxAr scalerA -expr2 PP.
by rewrite scale_scalar_mx mulr1.
Qed.

Lemma modified_right v : nrm2 (G' *m v) <= p / 2%:R * nrm2 v.
Proof.
have [P [s [Q [PP QQ FE FE' ->]]]] := step; pose M := G *m Q *m diag_mx s.
have MT u : nrm2 (M^T *m u) <= p ^+ 2 * nrm2 u.
  have -> : nrm2 (M^T *m u) = nrm2 (P *m (M^T *m u)) by rewrite [RHS]nrm2E dot_adj mulmxA PP mul1mx.
  have := Fp u; rewrite FE /M !trmx_mul tr_diag_mx !mulmxA.
  by [].
have oM : opb M p by rewrite -[M]trmxK; apply: opb_tr; split; [exact: ltW | exact: MT].
rewrite -/M -scalemxAl nrm2Z; have [_ h] := oM.
have b0 := beta0; have pn : p != 0 by rewrite gt_eqF.
rewrite exprVn b2; apply: le_trans (_ : (2%:R * p)^-1 * (p ^+ 2 * nrm2 v) <= _).
  by apply: ler_wpmul2l; [rewrite invr_ge0 mulr_ge0 ?ler0n ?ltW | exact: h].
by rewrite le_eqVlt; apply/orP; left; apply/eqP; field.
Qed.

Lemma modified_imbalance v :
  3%:R / 2%:R * p * nrm2 v <= qf (imbalance F' G') v <= 2%:R * p * nrm2 v.
Proof.
have e : qf (imbalance F' G') v = 2%:R * p * nrm2 v - nrm2 (G' *m v).
  rewrite qfE /imbalance modified_left mulmxBl mul_scalar_mx b2 dotDr dotNr dotZr.
  by rewrite [in RHS](nrm2E (G' *m v)) dot_adj mulmxA.
rewrite e; apply/andP; split; last by rewrite ler_subl_addr ler_addl nrm2_ge0.
rewrite ler_subr_addl -ler_subr_addr; apply: le_trans (modified_right v) _.
by rewrite le_eqVlt; apply/orP; left; apply/eqP; field.
Qed.
End TwoFactors.
