(* From the restricted isometry property of order r + k + 1 to its two consequences, by polarisation: (R1) |E(Z)|
   <= delta ||Z||_F with the test matrices W = v v^T, (R2) ||X^T E(Z) X||_F <= delta ||Z||_F with W = X C X^T. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Contraction CoreInequality Alignment FrobeniusNorm Residual
  OperatorNorm PerturbedInequality ScalarInequality FiniteSampleStep.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Polarisation.
Variables (R : realFieldType) (m n q : nat) (Ms : 'I_n -> 'M[R]_m) (delta : R).
Hypothesis Mss : forall i, (Ms i)^T = Ms i.
Hypothesis d0 : 0 <= delta.
Hypothesis H : RIP Ms q delta.
Notation T := (normal_operator Ms).

Lemma TMs Z : (T Z)^T = T Z.
Proof. by rewrite /normal_operator linear_sum; apply: eq_bigr => i _; rewrite linearZ /= Mss. Qed.

Lemma ipT Z W : ip (T Z) W = \sum_i ip (Ms i) Z * ip (Ms i) W.
Proof.
rewrite /ip /normal_operator mulmx_suml linear_sum; apply: eq_bigr => i _.
by rewrite -scalemxAl linearZ.
Qed.

Lemma meas_lin c Z W :
  measured2 Ms (Z + c *: W) = measured2 Ms Z + 2%:R * c * ip (T Z) W + c ^+ 2 * measured2 Ms W.
Proof.
rewrite ipT /measured2 !mulr_sumr -!big_split; apply: eq_bigr => i _ /=.
by rewrite ipDr ipZr; ring.
Qed.

Lemma polarisation Z W : Z^T = Z -> W^T = W -> (forall c, (\rank (Z + c *: W)%R <= q)%N) ->
  ip (T Z - Z) W ^+ 2 <= delta ^+ 2 * fro2 Z * fro2 W.
Proof.
move=> Zs Ws hr.
have sym c : (Z + c *: W)^T = Z + c *: W by rewrite linearD linearZ /= Zs Ws.
have h c : 0 <= delta * fro2 W * c ^+ 2 - 2%:R * ip (T Z - Z) W * c + delta * fro2 Z.
  have := H (sym c) (hr c); have := H (sym (- c)) (hr (- c)).
  rewrite !ler_norml => /andP[h1 _] /andP[_ h2].
  rewrite -subr_ge0 in h1; rewrite -subr_ge0 in h2.
  have i2 : 0 <= 2%:R^-1 :> R by rewrite invr_ge0 ler0n.
  have := mulr_ge0 i2 (addr_ge0 h1 h2); congr (0 <= _).
  by rewrite !meas_lin !fro2_lin ipDl ipNl; field.
have := quad (mulr_ge0 d0 (fro2_ge0 W)) h; congr (_ <= _); ring.
Qed.
End Polarisation.

Section Consequences.
Variables (F : rcfType) (m n r k : nat) (Ms : 'I_n -> 'M[F]_m) (delta : F).
Variables (U : 'M[F]_(m, k)) (sig : 'rV[F]_k).
Hypothesis Mss : forall i, (Ms i)^T = Ms i.
Hypothesis d0 : 0 <= delta.
Hypothesis H : RIP Ms (r + k + 1) delta.
Notation T := (normal_operator Ms).
Notation A := (target U sig).

(* a bound on the quadratic form of a symmetric matrix bounds its norm *)
Lemma qf_op p (E : 'M[F]_p) c : E^T = E -> 0 <= c ->
  (forall v, `| qf E v | <= c * nrm2 v) -> forall v, nrm2 (E *m v) <= c ^+ 2 * nrm2 v.
Proof.
move=> Es c0 h v.
have sym x y : dot x (E *m y) = dot y (E *m x) by rewrite dotC dot_adj Es.
have b2 u : dot u (E *m v) ^+ 2 <= c * nrm2 v * (c * nrm2 u).
  apply: quad => [|t]; first by rewrite mulr_ge0 ?nrm2_ge0.
  have := h (u + t *: v); have := h (u + (- t) *: v).
  rewrite !ler_norml => /andP[h1 _] /andP[_ h2].
  rewrite -subr_ge0 in h1; rewrite -subr_ge0 in h2.
  have i2 : 0 <= 2%:R^-1 :> F by rewrite invr_ge0 ler0n.
  have := mulr_ge0 i2 (addr_ge0 h1 h2); congr (0 <= _).
  rewrite !qfE !nrm2E !dot_add2 !(mulmxDr, mulmxZr) !dotlin (sym v u).
  move: (dot u (E *m u)) (dot u (E *m v)) (dot v (E *m v)) (dot u u) (dot u v) (dot v v).
  by move=> a1 a2 a3 a4 a5 a6; field.
have := b2 (E *m v); rewrite -!nrm2E; set z := nrm2 (E *m v) => hz.
have z0 : 0 <= z by apply: nrm2_ge0.
have [zp|] := ltP 0 z; last first.
  by move=> ?; apply: le_trans (_ : 0 <= _) => //; rewrite mulr_ge0 ?sqr_ge0 ?nrm2_ge0.
rewrite -(ler_pmul2l zp) -expr2; apply: le_trans hz _.
by rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
Qed.

Lemma rank_low (X : 'M[F]_(m, r)) (C : 'M[F]_r) : (\rank (X *m C *m X^T - A)%R <= r + k)%N.
Proof.
apply: leq_trans (mxrank_add _ _) _; apply: leq_add.
  by rewrite -mulmxA; apply: leq_trans (mxrankM_maxl _ _) (rank_leq_col _).
by rewrite mxrank_opp /target -mulmxA; apply: leq_trans (mxrankM_maxl _ _) (rank_leq_col _).
Qed.

Theorem rip_two_consequences : two_consequences r U sig T delta.
Proof.
move=> X B XX Bs Z E.
have As := target_sym U sig.
have Zs : Z^T = Z by rewrite /Z /residual linearB /= As trmx_mul (trmx_mul X) trmxK Bs mulmxA.
have Es : E^T = E by rewrite /E linearB /= (TMs Mss) Zs.
have f0 := fro2_ge0 Z.
have qE (v : 'cV[F]_m) : ip E (v *m v^T) = qf E v.
  by rewrite /ip trmx_mul trmxK mulmxA mxtrace_mulC mulmxA /qf trace_mx11.
split=> //.
- move=> v; have -> : delta ^+ 2 * fro2 Z = (delta * Num.sqrt (fro2 Z)) ^+ 2.
    by rewrite exprMn sqr_sqrtr.
  apply: qf_op => // [|{}v]; first by rewrite mulr_ge0 ?sqrtr_ge0.
  have hs : (v *m v^T)^T = v *m v^T by rewrite trmx_mul trmxK.
  have hr c : (\rank (Z + c *: (v *m v^T))%R <= r + k + 1)%N.
    apply: leq_trans (mxrank_add _ _) _; apply: leq_add; first exact: rank_low.
    by rewrite scalemxAl; apply: leq_trans (mxrankM_maxl _ _) (rank_leq_col _).
  have := polarisation d0 H Zs hs hr; rewrite -/E qE.
  have -> : fro2 (v *m v^T) = nrm2 v ^+ 2.
    rewrite fro2E trmx_mul trmxK mulmxA mxtrace_mulC !mulmxA -mulmxA trace_mx11 mxE.
    by rewrite big_ord1 expr2.
  move=> h; apply: le_sq; first by rewrite mulr_ge0 ?nrm2_ge0 // mulr_ge0 ?sqrtr_ge0.
  by rewrite real_normK ?num_real // !exprMn sqr_sqrtr.
- set C := X^T *m E *m X.
  have Cs : C^T = C by rewrite /C trmx_mul (trmx_mul X^T) trmxK Es mulmxA.
  have hs : (X *m C *m X^T)^T = X *m C *m X^T.
    by rewrite trmx_mul (trmx_mul X) trmxK Cs mulmxA.
  have hr c : (\rank (Z + c *: (X *m C *m X^T))%R <= r + k + 1)%N.
    have -> : Z + c *: (X *m C *m X^T) = X *m (B + c *: C) *m X^T - A.
      by rewrite /Z /residual mulmxDr mulmxDl -scalemxAr -scalemxAl addrAC.
    by apply: leq_trans (rank_low _ _) _; rewrite leq_addr.
  have := polarisation d0 H Zs hs hr; rewrite -/E (fro2_St _ XX).
  have -> : ip E (X *m C *m X^T) = fro2 C.
    rewrite /ip hs !mulmxA mxtrace_mulC !mulmxA -/C fro2E Cs.
    by rewrite -(mulmxA C X^T E) -(mulmxA C).
  have c0 := fro2_ge0 C.
  have [cp|] := ltP 0 (fro2 C); last first.
    by move=> h _; apply: le_trans h _; rewrite mulr_ge0 ?sqr_ge0.
  by rewrite expr2 ler_pmul2r.
Qed.
End Consequences.
