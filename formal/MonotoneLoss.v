(* Theorem M: the population loss never increases for 0 < eta <= 2/s1^2, from any start: f(Y) <= f(X) - eta (1 -
   eta s1^2/2) ||G||_F^2, with no assumption on rank, spectrum or alignment (some sig_i may be 0). The trial
   magnitude of the book's step 2 enters as ||T_+ - H^(-1) T H^(-T)||_F^2 >= 0 with Y = Z H, so no square root is
   needed; the scalar inequality of step 6 becomes a certificate in the moments v^T T^j v, j <= 7 (lemma cert). What
   is left over, |s1 G - G T|^2 eta^2/2, shows that equality holds only where G = 0. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Contraction Alignment FrobeniusNorm Residual PopulationStep
  OperatorNorm.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* the scalar inequality p(tau) >= eta (4 - 2 eta s^2) for a symmetric 0 <= T <= s instead of tau *)
Section Cert.
Variables (R : realFieldType) (r : nat) (T : 'M[R]_r) (s eta : R).
Hypothesis Ts : T^T = T.
Hypothesis Tp : forall v : 'cV[R]_r, 0 <= qf T v.
Hypothesis Thi : forall v : 'cV[R]_r, qf T v <= s * nrm2 v.
Hypothesis s0 : 0 < s.
Hypothesis e0 : 0 <= eta.
Hypothesis x2 : eta * s ^+ 2 <= 2%:R.

Lemma cert (v : 'cV[R]_r) (w := T *m (T *m v)) :
  2%:R * eta ^+ 2 * nrm2 (T *m v) + eta ^+ 4 * (s * qf T w - nrm2 (T *m w))
  + 2%:R * eta ^+ 2 * nrm2 (s *: v - T *m v) <= 2%:R * eta ^+ 2 * s ^+ 2 * nrm2 v.
Proof.
have Ta (x z : 'cV[R]_r) : dot (T *m x) z = dot x (T *m z) by rewrite dot_adj Ts.
pose v1 := T *m v; pose v3 := T *m w; pose v4 := T *m v3.
pose y := s *: v - v1; pose y1 := s *: v1 - w; pose y2 := s *: w - v3.
have Ty : T *m y = y1 by rewrite /y mulmxDr mulmxN mulmxZr.
have Ty1 : T *m y1 = y2 by rewrite /y1 mulmxDr mulmxN mulmxZr.
have Ty2 : T *m y2 = s *: v3 - v4 by rewrite /y2 mulmxDr mulmxN mulmxZr.
(* moments *)
pose m0 := dot v v; pose m2 := dot v1 v1; pose m4 := dot w w; pose m6 := dot v3 v3.
pose m1 := dot v v1; pose m3 := dot v1 w; pose m5 := dot w v3; pose m7 := dot v3 v4.
have a1 : dot v w = m2 by rewrite /w -Ta.
have a2 : dot v1 v3 = m4 by rewrite /v3 -Ta.
have a3 : dot w v4 = m6 by rewrite /v4 -Ta.
have c2 : 0 <= dot y y1 by rewrite -Ty -qfE.
have c3 : 0 <= dot y1 y1 := dot_ge0 y1.
have c4 : 0 <= dot y1 y2 by rewrite -Ty1 -qfE.
have c5 : 0 <= dot y2 y2 := dot_ge0 y2.
have c6 : 0 <= dot y2 (s *: v3 - v4) by rewrite -Ty2 -qfE.
have c7 : 0 <= s * dot v3 v3 - dot v3 v4 by rewrite subr_ge0 -qfE -nrm2E.
have d1 : 0 <= s * (s * m5 - m6).
  have := addr_ge0 c6 c7; congr (0 <= _).
  rewrite /y2 !dotlin a3 -/m5 -/m6 -/m7.
  by clear a1 a2 a3; move: m5 m6 m7 => x5 x6 x7; ring.
have d2 : 0 <= s * m5 - m6 by rewrite -(pmulr_rge0 _ s0).
have d3 : 0 <= 2%:R * s ^+ 6 * m0 - 2%:R * s ^+ 4 * m2 - 4%:R * (s * m5 - m6) - 2%:R * s ^+ 4 * dot y y.
  have s0' := ltW s0.
  have h : 0 <= 4%:R * s ^+ 3 * dot y y1 + 4%:R * s ^+ 2 * dot y1 y1
    + 4%:R * s * dot y1 y2 + 4%:R * dot y2 y2.
    have s3 := exprn_ge0 3 s0'.
    by pos.
  move: h; congr (0 <= _); rewrite /y /y1 /y2 !dotlin.
  rewrite (dotC v1 v) (dotC w v1) (dotC v3 w) a1 a2.
  rewrite -/m0 -/m1 -/m2 -/m3 -/m4 -/m5 -/m6.
  by clear a1 a2 a3 d1 d2; move: m0 m1 m2 m3 m4 m5 m6 => x0 x1 x2' x3 x4 x5 x6; ring.
have h4 : 0 <= 4%:R - eta ^+ 2 * s ^+ 4.
  have b : 0 <= 2%:R - eta * s ^+ 2 by rewrite subr_ge0.
  have b2 : 0 <= 2%:R + eta * s ^+ 2 by rewrite addr_ge0 ?ler0n // mulr_ge0 ?sqr_ge0.
  by have := mulr_ge0 b b2; congr (0 <= _); ring.
rewrite qfE !nrm2E -/v1 -/v3 -/y -/m0 -/m2 -/m5 -/m6 -subr_ge0.
have s4 : 0 < s ^+ 4 by apply: exprn_gt0.
rewrite -(pmulr_rge0 _ s4).
have := mulr_ge0 (sqr_ge0 eta) (addr_ge0 d3 (mulr_ge0 h4 d2)); congr (0 <= _).
by clear a1 a2 a3 d1 d2 d3; move: m0 m2 m5 m6 (dot y y) => x0 x2' x5 x6 yy; ring.
Qed.
End Cert.

Section Mono.
Variables (R : realFieldType) (m r k : nat).
Variables (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (s1 eta : R).
Hypothesis UU : U^T *m U = 1%:M.
Hypothesis sighl : forall i, 0 <= sig 0 i <= s1.
Hypothesis s10 : 0 < s1.
Hypothesis eta0 : 0 < eta.
Hypothesis x2 : eta * s1 ^+ 2 <= 2%:R.

Notation Sg := (diag_mx sig).
Notation A := (target U sig).

(* f(X) at Th = X^T A X *)
Notation floss := (population_loss U sig).
Notation rgrad X := (rgradient U sig (@population R m) X (exact_magnitude U sig X)).
Notation step X Y := (orthonormal_step U sig (@population R m) eta X (exact_magnitude U sig X) Y).


Lemma qA (v : 'cV[R]_m) : qf A v = \sum_i sig 0 i * (U^T *m v) i 0 ^+ 2.
Proof.
rewrite qfE /target -!mulmxA -{1}[U]trmxK -dot_adj; move: (U^T *m v) => z.
rewrite dotE; apply: eq_bigr => i _; rewrite mul_diag_mx mxE expr2.
by move: (z i 0) (sig 0 i) => x s; ring.
Qed.

Lemma A_ge0 v : 0 <= qf A v.
Proof. by rewrite qA; apply: sumr_ge0 => i _; have /andP[h _] := sighl i; rewrite mulr_ge0 ?sqr_ge0. Qed.

Lemma A_sq v : nrm2 (A *m v) <= s1 * qf A v.
Proof.
have -> : nrm2 (A *m v) = nrm2 (Sg *m (U^T *m v)).
  by rewrite /target -!mulmxA (nrmU UU).
rewrite qA nrm2E dotE mulr_sumr; apply: ler_sum => i _; move: (U^T *m v) => z.
rewrite mul_diag_mx mxE; have /andP[h0 h1] := sighl i.
rewrite -subr_ge0 in h1; rewrite -subr_ge0.
have := mulr_ge0 (mulr_ge0 h0 h1) (sqr_ge0 (z i 0)); congr (0 <= _).
by move: (z i 0) (sig 0 i) => x s; ring.
Qed.

Lemma A_hi v : qf A v <= s1 * nrm2 v.
Proof.
rewrite qA; apply: le_trans (_ : s1 * nrm2 (U^T *m v) <= _).
  rewrite nrm2E dotE mulr_sumr; apply: ler_sum => i _; rewrite -expr2.
  by apply: ler_wpmul2r; [apply: sqr_ge0 | have /andP[] := sighl i].
by apply: ler_wpmul2l; [apply: ltW | apply: bessel].
Qed.

Lemma lossT_gen (X : 'M[R]_(m, r)) : X^T *m X = 1%:M ->
  fro2 (X *m exact_magnitude U sig X *m X^T - A) = fro2 A - fro2 (exact_magnitude U sig X).
Proof.
move=> XX; have Ts : (exact_magnitude U sig X)^T = exact_magnitude U sig X.
  by rewrite /exact_magnitude trmx_mul (trmx_mul X^T) trmxK target_sym mulmxA.
have -> : X *m exact_magnitude U sig X *m X^T - A = - A + X *m exact_magnitude U sig X *m X^T by rewrite addrC.
rewrite fro2_add fro2N (fro2_St _ XX).
have -> : \tr (- A *m (X *m exact_magnitude U sig X *m X^T)^T) = - fro2 (exact_magnitude U sig X).
  have -> : (X *m exact_magnitude U sig X *m X^T)^T = X *m exact_magnitude U sig X *m X^T.
    by rewrite trmx_mul (trmx_mul X) trmxK Ts mulmxA.
  rewrite mulNmx linearN /= fro2E Ts; congr (- _).
  by rewrite -(mulmxA X) (mulmxA A) mxtrace_mulC -(mulmxA _ X^T) (mulmxA X^T).
by rewrite mulrN; move: (fro2 _) (fro2 _) => a b; ring.
Qed.

Section One.
Variable X : 'M[R]_(m, r).
Hypothesis XX : X^T *m X = 1%:M.
Notation T := (exact_magnitude U sig X).
Notation Q := (1%:M - X *m X^T).
Definition BM : 'M[R]_(m, r) := Q *m (A *m X).
Definition VM : 'M[R]_(m, r) := BM *m T.

Lemma T_sym : T^T = T.
Proof. by rewrite /exact_magnitude trmx_mul (trmx_mul X^T) trmxK target_sym mulmxA. Qed.
Lemma qT v : qf T v = qf A (X *m v).
Proof. by rewrite !qfE /exact_magnitude -!mulmxA -{1}[X]trmxK -dot_adj trmxK dot_adj. Qed.
Lemma nX (v : 'cV[R]_r) : nrm2 (X *m v) = nrm2 v.
Proof. by rewrite !nrm2E dot_adj mulmxA XX mul1mx. Qed.
Lemma T_ge0 v : 0 <= qf T v. Proof. by rewrite qT A_ge0. Qed.
Lemma T_hi v : qf T v <= s1 * nrm2 v. Proof. by rewrite qT -(nX v) A_hi. Qed.

(* C = B^T B <= s1 T - T^2 *)
Lemma B_hi v : nrm2 (BM *m v) <= s1 * qf T v - nrm2 (T *m v).
Proof.
have -> : BM *m v = Q *m (A *m (X *m v)) by rewrite /BM -!mulmxA.
rewrite [leLHS]nrm2E (Qcontr XX) -nrm2E -[dot (X^T *m _) _]nrm2E.
have -> : X^T *m (A *m (X *m v)) = T *m v by rewrite /exact_magnitude -!mulmxA.
by rewrite qT ler_add2r A_sq.
Qed.

Lemma rgradVM : rgrad X = - VM.
Proof. by rewrite (rgradient_population U sig XX) /VM /BM !mulmxA. Qed.

Lemma QQ : Q *m Q = Q.
Proof.
rewrite mulmxBl mul1mx mulmxBr mulmx1 mulmxA -(mulmxA X X^T X) XX mulmx1.
by rewrite subrr subr0.
Qed.
Lemma Qs : Q^T = Q. Proof. by rewrite linearB /= trmx1 trmx_mul trmxK. Qed.
Lemma XV : X^T *m VM = 0.
Proof.
by rewrite /VM /BM !mulmxA mulmxBr mulmx1 (mulmxA X^T X) XX mul1mx subrr !mul0mx.
Qed.

(* X^T A V = B^T V *)
Lemma XAV : X^T *m A *m VM = BM^T *m VM.
Proof.
have BT : BM^T = X^T *m A *m Q by rewrite /BM trmx_mul Qs trmx_mul target_sym.
have QB : Q *m BM = BM by rewrite /BM (mulmxA Q Q) QQ.
by rewrite /VM BT; move: QB; move: (Q) (BM) => q b qb; rewrite -!mulmxA (mulmxA q) qb.
Qed.

(* the three trace terms *)
Lemma tr_lin : \tr (X^T *m A *m VM *m T) = fro2 VM.
Proof.
rewrite XAV -fro2T fro2E trmxK mxtrace_mulC mulmxA; congr (\tr (_ *m _)).
by rewrite /VM (trmx_mul BM) T_sym.
Qed.

Lemma tr_pos : 0 <= \tr (VM^T *m A *m VM *m T).
Proof.
pose M := U^T *m VM.
have -> : \tr (VM^T *m A *m VM *m T) = \tr (Sg *m (M *m T *m M^T)).
  have -> : VM^T *m A *m VM = M^T *m (Sg *m M).
    by rewrite /M /target (trmx_mul U^T) trmxK !mulmxA.
  clearbody M; move: T => t; by rewrite -!mulmxA mxtrace_mulC -!mulmxA.
rewrite /mxtrace; apply: sumr_ge0 => i _; rewrite mul_diag_mx mxE.
have /andP[h _] := sighl i; apply: mulr_ge0 => //.
have -> : (M *m T *m M^T) i i = qf T (M^T *m delta_mx i 0).
  have -> : (M *m T *m M^T) i i = qf (M *m T *m M^T) (delta_mx i 0).
    by rewrite /qf -(mulmxA _ _ (delta_mx i 0)) -colE trmx_delta -rowE !mxE.
  by rewrite !qfE; move: (T) => t; clearbody M; rewrite -!mulmxA [RHS]dot_adj trmxK.
exact: T_ge0.
Qed.

Lemma lossT : floss X = 4%:R^-1 * (fro2 A - fro2 T).
Proof. by rewrite /population_loss lossT_gen. Qed.

Notation V := VM.

Lemma cols_bound :
  2%:R * eta ^+ 2 * fro2 (V *m T) + eta ^+ 4 * fro2 (V *m T *m V^T) + 2%:R * eta ^+ 2 * fro2 (s1 *: V - V *m T)
  <= 2%:R * eta ^+ 2 * s1 ^+ 2 * fro2 V.
Proof.
have -> : V *m T *m V^T = BM *m (T *m (T *m V^T)) by rewrite {1}/VM !mulmxA.
have -> : fro2 (V *m T) = fro2 (T *m V^T) by rewrite -fro2T (trmx_mul V) T_sym.
have -> : fro2 (s1 *: V - V *m T) = fro2 (s1 *: V^T - T *m V^T).
  by rewrite -fro2T linearB /= linearZ /= (trmx_mul V) T_sym.
rewrite -(fro2T V); move: (V^T) => W; rewrite !fro2_col !mulr_sumr -!big_split /=.
have cm p q s' (M : 'M[R]_(p, q)) (N : 'M[R]_(q, s')) j : col j (M *m N) = M *m col j N.
  by rewrite !colE mulmxA.
have cs j : col j (s1 *: W - T *m W) = s1 *: col j W - T *m col j W.
  by rewrite -cm; apply/matrixP => a b; rewrite !mxE.
apply: ler_sum => j _; rewrite cs cm (cm _ _ _ BM) !(cm _ _ _ T); move: (col j W) => v.
apply: le_trans _ (cert T_sym T_ge0 T_hi s10 (ltW eta0) x2 v).
rewrite ler_add2r; apply: ler_add => //; apply: ler_wpmul2l; last exact: B_hi.
by rewrite exprn_ge0 // ltW.
Qed.

Notation Z := (X + eta *: V).

Lemma trW : \tr (Z^T *m A *m Z *m T)
  = fro2 T + 2%:R * eta * fro2 V + eta ^+ 2 * \tr (V^T *m A *m V *m T).
Proof.
have t1 : \tr (X^T *m A *m X *m T) = fro2 T by rewrite fro2E T_sym.
have t2 := tr_lin.
have t3 : \tr (V^T *m A *m X *m T) = fro2 V.
  have e : (T *m (X^T *m A *m V))^T = V^T *m A *m X *m T.
    rewrite (trmx_mul T) (trmx_mul (X^T *m A)) (trmx_mul X^T A) trmxK target_sym T_sym.
    by rewrite (mulmxA V^T A X).
  by rewrite -e mxtrace_tr mxtrace_mulC t2.
move: t1 t2 t3; rewrite [Z^T]linearD linearZ /=; move: (V^T) (V) (fro2 V) (fro2 T) => v' v f1 f2 t1 t2 t3.
rewrite !(mulmxDr, mulmxDl, =^~ scalemxAl, =^~ scalemxAr) !(mxtraceD, mxtraceZ) t1 t2 t3.
by move: (\tr _) => f3; ring.
Qed.

Lemma ZZ : Z^T *m Z = 1%:M + eta ^+ 2 *: (V^T *m V).
Proof.
have VX : V^T *m X = 0 by rewrite -[LHS]trmxK trmx_mul trmxK XV trmx0.
move: XV VX; rewrite [Z^T]linearD linearZ /=; move: (V^T) (V) => v' v h1 h2.
rewrite mulmxDl !mulmxDr -!scalemxAl -!scalemxAr XX h1 h2 !scaler0 addr0 add0r.
by rewrite scalerA expr2.
Qed.

Lemma trN (N := 1%:M + eta ^+ 2 *: (V^T *m V)) : \tr (T *m N *m T *m N)
  = fro2 T + 2%:R * eta ^+ 2 * fro2 (V *m T) + eta ^+ 4 * fro2 (V *m T *m V^T).
Proof.
have t0 : \tr (T *m T) = fro2 T by rewrite fro2E T_sym.
pose c := V^T *m V.
have t1 : \tr (T *m T *m c) = fro2 (V *m T).
  rewrite fro2E (trmx_mul V) T_sym /c; move: (V^T) (V) (T) => v' v t'.
  by rewrite [RHS]mxtrace_mulC -!mulmxA [LHS]mxtrace_mulC -!mulmxA.
have t2 : \tr (T *m c *m T) = fro2 (V *m T) by rewrite -t1 mxtrace_mulC (mulmxA T T c).
have t3 : \tr (T *m c *m T *m c) = fro2 (V *m T *m V^T).
  rewrite fro2E (trmx_mul (V *m T)) (trmx_mul V) T_sym trmxK /c; move: (V^T) (V) (T) => v' v t'.
  by rewrite -!mulmxA [RHS]mxtrace_mulC -!mulmxA.
rewrite /N -/c; clearbody c; move: t0 t1 t2 t3.
move: (fro2 T) (fro2 (V *m T)) (fro2 (V *m T *m V^T)) (T) => f0 f1 f2 S t0 t1 t2 t3.
rewrite !(mulmxDr, mulmxDl, mulmx1, =^~ scalemxAl, =^~ scalemxAr) !(mxtraceD, mxtraceZ) t0 t1 t2 t3.
by ring.
Qed.

(* step 2 of the proof, without square roots *)
Lemma trial n (W S N H : 'M[R]_n) : S^T = S -> N^T = N -> H^T *m N *m H = 1%:M ->
  2%:R * \tr (W *m S) - \tr (S *m N *m S *m N) <= fro2 (H^T *m W *m H).
Proof.
move=> Ss Ns HN; pose Hi := H^T *m N.
have hi : H *m Hi = 1%:M by apply: mulmx1C.
have hi2 : Hi^T *m Hi = N.
  by rewrite {1}/Hi trmx_mul trmxK Ns -mulmxA hi mulmx1.
have hi3 : Hi^T *m H^T = 1%:M by rewrite -trmx_mul hi trmx1.
clearbody Hi.
pose P := Hi *m S *m Hi^T.
have Ps : P^T = P by rewrite /P trmx_mul (trmx_mul Hi) trmxK Ss mulmxA.
have e1 : ip (H^T *m W *m H) P = \tr (W *m S).
  rewrite /ip Ps /P -!mulmxA (mulmxA H) hi mul1mx mxtrace_mulC -!mulmxA hi3 mulmx1.
  by [].
have e2 : fro2 P = \tr (S *m N *m S *m N).
  rewrite fro2E Ps /P -!mulmxA (mulmxA Hi^T) hi2 mxtrace_mulC -!mulmxA hi2.
  by [].
have := fro2_ge0 (H^T *m W *m H + (-1) *: P); rewrite fro2_lin e1 e2.
by rewrite -[_ - _ <= _]subr_ge0; move: (fro2 _) (\tr _) (\tr _) => a b c; congr (0 <= _); ring.
Qed.

Variable Y : 'M[R]_(m, r).
Hypothesis XY : step X Y.

Theorem monotone_one :
  floss Y <= floss X - eta * (1 - eta * s1 ^+ 2 / 2%:R) * fro2 (rgrad X) - eta ^+ 2 / 2%:R * fro2 (s1 *: V - V *m T).
Proof.
case: XY => YY [H]; rewrite rgradVM scalerN opprK fro2N => YE.
have HN : H^T *m (1%:M + eta ^+ 2 *: (V^T *m V)) *m H = 1%:M.
  by rewrite -ZZ -YY YE (trmx_mul Z) !mulmxA.
have Ns : (1%:M + eta ^+ 2 *: (V^T *m V))^T = 1%:M + eta ^+ 2 *: (V^T *m V).
  by rewrite linearD linearZ /= trmx1 trmx_mul trmxK.
have h1 := trial (Z^T *m A *m Z) T_sym Ns HN.
have TY : exact_magnitude U sig Y = H^T *m (Z^T *m A *m Z) *m H by rewrite /exact_magnitude YE (trmx_mul Z) !mulmxA.
rewrite -TY trW trN in h1.
have h2 := cols_bound; have h3 := mulr_ge0 (sqr_ge0 eta) tr_pos.
have lossY : floss Y = 4%:R^-1 * (fro2 A - fro2 (exact_magnitude U sig Y)).
  by rewrite /population_loss lossT_gen.
rewrite lossY lossT -subr_ge0.
rewrite -subr_ge0 in h1; rewrite -subr_ge0 in h2.
have i4 : 0 <= 4%:R^-1 :> R by rewrite invr_ge0 ler0n.
have := mulr_ge0 i4 (addr_ge0 h1 (addr_ge0 h2 (addr_ge0 h3 h3))); congr (0 <= _).
move: (fro2 V) (fro2 T) (fro2 A) (fro2 (V *m T)) (fro2 (V *m T *m V^T)) (\tr _) (fro2 _).
by move: (fro2 _) => f0 f1 f2 f3 f4 f5 f6 f7; field.
Qed.

(* s1 V = V T only where V = 0: |B v|^2 <= s1 v^T T v - |T v|^2 = 0 for the columns v of V^T *)
Lemma slack_zero : fro2 (s1 *: V - V *m T) <= 0 -> rgrad X = 0.
Proof.
have z p q (Z : 'M[R]_(p, q)) : fro2 Z <= 0 -> Z = 0.
  rewrite fro2_col => h; apply/matrixP => i j; rewrite !mxE.
  have /eqP : \sum_j nrm2 (col j Z) = 0 by apply/eqP; rewrite eq_le h sumr_ge0 // => a _; exact: nrm2_ge0.
  rewrite psumr_eq0 => [/allP/(_ j)|a _]; last exact: nrm2_ge0.
  rewrite mem_index_enum => /(_ isT); rewrite nrm2E dot_eq0 => /eqP/matrixP/(_ i 0).
  by rewrite !mxE.
move/z/eqP; rewrite subr_eq0 => /eqP e; rewrite rgradVM.
have eT : T *m V^T = s1 *: V^T by rewrite -{1}T_sym -trmx_mul -e linearZ.
have BV : BM *m V^T = 0.
  apply: z; rewrite fro2_col -oppr_ge0 -sumrN; apply: sumr_ge0 => j _; rewrite oppr_ge0.
  rewrite colE -mulmxA -colE; apply: le_trans (B_hi _) _.
  have Tv : T *m col j V^T = s1 *: col j V^T by rewrite !colE mulmxA eT scalemxAl.
  by rewrite qfE Tv dotZr nrm2Z nrm2E mulrA -expr2 subrr.
apply/eqP; rewrite oppr_eq0; apply/eqP; apply: z.
have -> : fro2 V = 0 by rewrite fro2E {1}/VM -mulmxA eT -scalemxAr BV scaler0 linear0.
exact: lexx.
Qed.
End One.

Theorem monotone_loss (X Y : 'M[R]_(m, r)) : X^T *m X = 1%:M -> step X Y ->
  floss Y <= floss X - eta * (1 - eta * s1 ^+ 2 / 2%:R) * fro2 (rgrad X).
Proof.
move=> XX XY; apply: le_trans (monotone_one XX XY) _.
by rewrite ler_subl_addr ler_addl mulr_ge0 ?fro2_ge0 // divr_ge0 ?sqr_ge0 ?ler0n.
Qed.

Theorem strict_loss (X Y : 'M[R]_(m, r)) : X^T *m X = 1%:M -> step X Y ->
  floss X - eta * (1 - eta * s1 ^+ 2 / 2%:R) * fro2 (rgrad X) <= floss Y -> rgrad X = 0.
Proof.
move=> XX XY h; apply: (slack_zero XX).
have := le_trans h (monotone_one XX XY); rewrite ler_subr_addl ger_addr pmulr_rle0 //.
by rewrite divr_gt0 ?ltr0n // exprn_gt0.
Qed.

Section Traj.
Variable X : nat -> 'M[R]_(m, r).
Hypothesis X0 : (X 0%N)^T *m X 0%N = 1%:M.
Hypothesis Xst : forall t, step (X t) (X t.+1).

Lemma trajSt t : (X t)^T *m X t = 1%:M.
Proof. by case: t => [|t] //; case: (Xst t). Qed.

Theorem sum_grad (N : nat) :
  (eta * (1 - eta * s1 ^+ 2 / 2%:R) * (\sum_(t < N) fro2 (rgrad (X t))) <= floss (X 0%N) - floss (X N))%R.
Proof.
elim: N => [|N ih]; first by rewrite big_ord0 mulr0 subrr.
rewrite big_ord_recr /= mulrDr.
have h := monotone_loss (trajSt N) (Xst N).
rewrite -subr_ge0 in h; rewrite -subr_ge0 in ih; rewrite -subr_ge0.
have := addr_ge0 ih h; congr (0 <= _).
move: (floss (X 0%N)) (floss (X N)) (floss (X N.+1)) (fro2 _) (\sum_(_ < _) _) => a b c d e.
by ring.
Qed.

(* f(X_0) <= |A|_F^2 / 4 *)
Lemma floss_hi : 4%:R * floss (X 0%N) <= fro2 A.
Proof.
rewrite (lossT X0) mulrA mulfV ?pnatr_eq0 // mul1r ler_subl_addr ler_addl.
exact: fro2_ge0.
Qed.

Theorem min_grad (N : nat) : (0 < N)%N -> exists2 t, (t < N)%N &
  N%:R * (eta * (1 - eta * s1 ^+ 2 / 2%:R) * fro2 (rgrad (X t))) <= floss (X 0%N).
Proof.
case: N => // N _; pose g (t : 'I_N.+1) := fro2 (rgrad (X t)).
have [t ht] : exists t, forall t', g t <= g t'.
  pose t := [arg min_(i < (ord0 : 'I_N.+1) | true) g i]%O; exists t => t'.
  by rewrite /t; case: Order.TotalTheory.arg_minP => // j _; apply.
exists (val t); first exact: ltn_ord.
have c0 : 0 <= 1 - eta * s1 ^+ 2 / 2%:R.
  by rewrite subr_ge0 ler_pdivr_mulr ?ltr0n // mul1r.
have cc : 0 <= eta * (1 - eta * s1 ^+ 2 / 2%:R) by rewrite mulr_ge0 // ltW.
apply: le_trans (_ : _ <= floss (X 0%N) - floss (X N.+1)) _; last first.
  by rewrite ler_subl_addr ler_addl /population_loss mulr_ge0 ?fro2_ge0 // invr_ge0 ler0n.
apply: le_trans _ (sum_grad N.+1); rewrite mulrCA; apply: ler_wpmul2l => //.
rewrite mulr_natl -[X in _ *+ X]card_ord -sumr_const; apply: ler_sum => t' _; exact: ht.
Qed.
End Traj.
End Mono.
