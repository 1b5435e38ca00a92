(* The real spectral theorem over a real closed field, from scratch: no complex numbers, no compactness.

   Induction on the size.  G = [a b'; b C]; C = Q diag(d) Q' by induction, so G is similar to an arrowhead matrix
   [a c'; c diag(d)]. Its secular polynomial (x-a) prod (x-d_i) - sum c_i^2 prod_(j<>i) (x-d_j) is <= 0 at max d_i
   and >= 0 far to the right, so it has a root by the intermediate value theorem for polynomials, which holds in
   every real closed field: [arrow] makes an eigenvector of it. A Householder reflection maps e_1 to that
   eigenvector, and the remaining block is diagonalised by induction again.

   - [spectral]  G^T = G -> exists Q d, Q^T Q = 1 and G = Q diag(d) Q^T;
   - [spectral_sig]  the same as a sigma type (the property is boolean, so it can be chosen without any axiom). *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Spec.
Variable F : rcfType.

(* ---------- an eigenvector (s, w) of an arrowhead matrix ---------- *)
Lemma arrow n (a : F) (c d : 'I_n -> F) : exists x s, exists w : 'I_n -> F,
  [/\ s != 0 \/ exists i, w i != 0, a * s + \sum_i c i * w i = x * s &
      forall i, s * c i + d i * w i = x * w i].
Proof.
case: n c d => [|n] c d.
  exists a, 1, (fun=> 0); split; first by left; apply: oner_neq0.
    by rewrite big_ord0 addr0.
  by case.
have [i0 hmax] : exists i0, forall i, d i <= d i0.
  pose i0 := [arg max_(i > (ord0 : 'I_n.+1) | true) d i]%O; exists i0 => i.
  by rewrite /i0; case: Order.TotalTheory.arg_maxP => // j _; apply.
have dm i : d i <= d i0 by apply: hmax.
have case0 : c i0 = 0 -> exists x s, exists w : 'I_n.+1 -> F,
  [/\ s != 0 \/ exists i, w i != 0, a * s + \sum_i c i * w i = x * s &
      forall i, s * c i + d i * w i = x * w i].
  move=> c0; exists (d i0), 0, (fun i => (i == i0)%:R); split.
  - by right; exists i0; rewrite eqxx oner_neq0.
  - rewrite (bigD1 i0) //= c0 big1 => [|i /negPf->]; last by rewrite mulr0.
    by rewrite mul0r !mulr0 !addr0.
  - by move=> i; rewrite mul0r add0r; case: eqP => [->|_] //; rewrite !mulr0.
pose P x := \prod_i (x - d i).
pose Pi i x := \prod_(j | j != i) (x - d j).
have PE i x : P x = (x - d i) * Pi i x by rewrite /P (bigD1 i).
pose q : {poly F} := ('X - a%:P) * \prod_i ('X - (d i)%:P)
   - \sum_i c i ^+ 2 *: \prod_(j | j != i) ('X - (d j)%:P).
have qE x : q.[x] = (x - a) * P x - \sum_i c i ^+ 2 * Pi i x.
  rewrite /q !(hornerD, hornerN, hornerM, hornerX, hornerC) horner_prod; congr (_ * _ - _).
    by apply: eq_bigr => i _; rewrite !(hornerD, hornerN, hornerX, hornerC).
  rewrite horner_sum; apply: eq_bigr => i _; rewrite hornerZ horner_prod; congr (_ * _).
  by apply: eq_bigr => j _; rewrite !(hornerD, hornerN, hornerX, hornerC).
have q0 : q.[d i0] = - (c i0 ^+ 2 * Pi i0 (d i0)).
  rewrite qE (PE i0) subrr mul0r mulr0 sub0r (bigD1 i0) //= big1 ?addr0 // => i ne.
  by rewrite /Pi (bigD1 i0) 1?eq_sym //= subrr mul0r mulr0.
have q0le : q.[d i0] <= 0.
  rewrite q0 oppr_le0 mulr_ge0 ?sqr_ge0 //.
  by apply: prodr_ge0 => j _; rewrite subr_ge0.
pose B := Num.max (d i0 + 1) (a + \sum_i c i ^+ 2).
have B1 : d i0 + 1 <= B by rewrite /B le_maxr lexx.
have B2 : a + \sum_i c i ^+ 2 <= B by rewrite /B le_maxr lexx orbT.
have B0 : d i0 <= B by apply: le_trans B1; rewrite ler_addl ler01.
have Bd i : 1 <= B - d i.
  by rewrite ler_subr_addl; apply: le_trans B1; rewrite ler_add2r.
have qB : 0 <= q.[B].
  have p0 i : 0 <= Pi i B.
    by apply: prodr_ge0 => j _; apply: le_trans ler01 (Bd j).
  have P0 : 0 <= P B by rewrite (PE ord0) mulr_ge0 // (le_trans ler01).
  have h : \sum_i c i ^+ 2 * Pi i B <= (\sum_i c i ^+ 2) * P B.
    rewrite mulr_suml; apply: ler_sum => i _; apply: ler_wpmul2l; first exact: sqr_ge0.
    by rewrite (PE i); apply: ler_pemull.
  rewrite qE subr_ge0; apply: le_trans h _; apply: ler_wpmul2r => //.
  by rewrite ler_subr_addl.
have [x /andP[x1 _] /eqP qx] := poly_ivt B0 (introT andP (conj q0le qB)).
have [xe|xn] := eqVneq x (d i0).
  have := q0; rewrite -xe qx => /esym/eqP; rewrite oppr_eq0 mulf_eq0 sqrf_eq0.
  case/orP => [/eqP/case0 //|].
  case/prodf_eq0 => j ji /eqP/eqP; rewrite subr_eq0 xe => /eqP dj.
  have [/case0 //|ci] := eqVneq (c i0) 0.
  exists (d i0), 0, (fun i => c j * (i == i0)%:R - c i0 * (i == j)%:R); split.
  - right; exists j; rewrite (negPf ji) eqxx mulr0 mulr1 sub0r oppr_eq0.
    exact: ci.
  - rewrite (bigD1 i0) //= (bigD1 j) //= big1 => [|i /andP[/negPf-> /negPf->]]; last first.
      by rewrite !mulr0 subr0 mulr0.
    rewrite !eqxx (negPf ji) (eq_sym i0 j) (negPf ji).
    by rewrite !mulr0 !mulr1 subr0 sub0r addr0 add0r mulrN (mulrC (c j)) subrr.
  - move=> i; rewrite mul0r add0r; have [->|] //= := eqVneq i i0.
    by have [->|] //= := eqVneq i j; [rewrite dj | rewrite !mulr0 subr0 !mulr0].
have xd i : x - d i != 0.
  rewrite subr_eq0 gt_eqF //; apply: le_lt_trans (dm i) _.
  by rewrite lt_def xn x1.
exists x, 1, (fun i => c i / (x - d i)); split.
- by left; apply: oner_neq0.
- have P0 : P x != 0 by apply/prodf_neq0 => i _.
  have := qx; rewrite qE => /eqP; rewrite subr_eq0 => /eqP e.
  have -> : \sum_i c i * (c i / (x - d i)) = x - a.
    apply: (mulIf P0); rewrite e mulr_suml; apply: eq_bigr => i _.
    by rewrite (PE i) -mulrA -mulrA -(mulrA (c i)) mulKf // mulrA expr2.
  by rewrite !mulr1 addrC subrK.
- by move=> i; field.
Qed.

Definition spec_prop n (G : 'M[F]_n) := fun p : 'M[F]_n * 'rV[F]_n =>
  (p.1^T *m p.1 == 1%:M) && (G == p.1 *m diag_mx p.2 *m p.1^T).

Lemma blockE n (G : 'M[F]_(1 + n)) : G^T = G ->
  exists a b C, C^T = C /\ G = block_mx a%:M b^T b C.
Proof.
move=> Gs; exists (ulsubmx G 0 0), (dlsubmx G), (drsubmx G); split.
  by rewrite trmx_drsub Gs.
rewrite -[LHS]submxK -mx11_scalar; congr (block_mx _ _ _ _).
by rewrite -{1}Gs -trmx_dlsub.
Qed.

(* ---------- an eigenvector of a symmetric matrix, from a diagonalisation of a block ---------- *)
Lemma eigvec n (G : 'M[F]_(1 + n)) : G^T = G ->
  (forall C : 'M[F]_n, C^T = C -> exists p, spec_prop C p) ->
  exists x (u : 'cV[F]_(1 + n)), u != 0 /\ G *m u = x *: u.
Proof.
move=> Gs IH; have [a [b [C [Cs GE]]]] := blockE Gs.
have [[Q d] /andP[/eqP QQ /eqP CE]] := IH C Cs; rewrite /= in QQ CE.
have QQ' : Q *m Q^T = 1%:M by apply: mulmx1C.
pose c := Q^T *m b; have bE : b = Q *m c by rewrite /c mulmxA QQ' mul1mx.
clearbody c.
have [x [s [w [nz e1 e2]]]] := arrow a (fun i => c i 0) (fun i => d 0 i).
pose wv : 'cV[F]_n := \col_i w i.
exists x, (col_mx s%:M (Q *m wv)); split.
  apply/eqP => /eqP; rewrite col_mx_eq0 => /andP[/eqP s0 /eqP w0].
  case: nz => [|[i]].
    by move/matrixP: s0 => /(_ 0 0); rewrite !mxE mulr1n => ->; rewrite eqxx.
  move: w0 => /(congr1 (mulmx Q^T)); rewrite mulmxA QQ mul1mx mulmx0 => /matrixP/(_ i 0).
  by rewrite !mxE => ->; rewrite eqxx.
rewrite GE mul_block_col scale_col_mx; congr col_mx.
  rewrite -scalar_mxM scale_scalar_mx -e1 raddfD /=; congr (_ + _).
  rewrite bE trmx_mul mulmxA -(mulmxA c^T) QQ mulmx1 [LHS]mx11_scalar; congr (_%:M).
  by rewrite mxE; apply: eq_bigr => i _; rewrite !mxE.
rewrite CE !mulmxA -(mulmxA _ Q^T Q) QQ mulmx1 {1}bE -!mulmxA -mulmxDr scalemxAr; congr (Q *m _).
apply/matrixP => i j; rewrite (ord1 j) mul_mx_scalar mul_diag_mx !mxE.
exact: e2.
Qed.

(* ---------- Householder: an orthogonal symmetric matrix with a given first column ---------- *)
Lemma householder n (u e : 'cV[F]_n) : dot u u = 1 -> dot e e = 1 ->
  exists H : 'M[F]_n, [/\ H^T = H, H *m H = 1%:M & H *m e = u].
Proof.
move=> uu ee; have [->|ne] := eqVneq u e.
  by exists 1%:M; rewrite trmx1 !mul1mx.
pose v := u - e; have v0 : v != 0 by rewrite subr_eq0.
have vp := dot_gt0 v0; set z := dot v v in vp.
have zn : z != 0 by rewrite gt_eqF.
have zE : z = 2%:R * (1 - dot u e).
  by rewrite /z /v !dotlin uu ee (dotC e u); ring.
have dd (y : 'cV[F]_n) : v *m v^T *m y = dot v y *: v.
  by rewrite -mulmxA [v^T *m y]mx11_scalar mul_mx_scalar.
exists (1%:M - (2%:R / z) *: (v *m v^T)); split.
- by rewrite linearB linearZ /= trmx1 trmx_mul trmxK.
- set B := _ *: (v *m v^T).
  have BB : B *m B = B + B.
    rewrite {1 2}/B -scalemxAl -scalemxAr scalerA mulmxA dd -/z -scalemxAl scalerA /B -scalerDl.
    by congr (_ *: _); field.
  by rewrite mulmxBl mul1mx mulmxBr mulmx1 BB opprB addrK subrK.
- rewrite mulmxBl mul1mx -scalemxAl dd scalerA.
  have -> : 2%:R / z * dot v e = -1.
    have -> : dot v e = - (z / 2%:R) by rewrite zE /v !dotlin ee; field.
    by field.
  by rewrite scaleN1r opprK /v addrC subrK.
Qed.

(* ---------- the spectral theorem ---------- *)
Theorem spectral_prop n (G : 'M[F]_n) : G^T = G -> exists p, spec_prop G p.
Proof.
elim: n G => [|n IH] G Gs.
  by exists (1%:M, 0); rewrite /spec_prop /=; apply/andP; split; apply/eqP/matrixP => -[].
pose G1 : 'M[F]_(1 + n) := G; have G1s : G1^T = G1 := Gs.
suff : exists p : 'M[F]_(1 + n) * 'rV[F]_(1 + n), spec_prop G1 p by [].
move: G1 G1s => {Gs} {}G Gs.
have [x [u [u0 Gu]]] := eigvec Gs IH.
pose nu := Num.sqrt (dot u u); have np := dot_gt0 u0.
have nu2 : nu ^+ 2 = dot u u by rewrite sqr_sqrtr // ltW.
have nu0 : nu != 0 by rewrite gt_eqF // sqrtr_gt0.
pose u1 := nu^-1 *: u.
have uu : dot u1 u1 = 1 by rewrite /u1 dotZl dotZr -nu2; field.
have Gu1 : G *m u1 = x *: u1 by rewrite /u1 mulmxZr Gu !scalerA mulrC.
pose e : 'cV[F]_(1 + n) := col_mx 1%:M 0.
have ee : dot e e = 1.
  by rewrite /dot /e tr_col_mx mul_row_col trmx1 trmx0 mul1mx mul0mx addr0 mxE eqxx.
have [H [Hs HH He]] := householder uu ee.
pose K := H *m G *m H.
have Ks : K^T = K by rewrite /K trmx_mul (trmx_mul H) Hs Gs mulmxA.
have Ke : K *m e = x *: e.
  by rewrite /K -mulmxA He -mulmxA Gu1 mulmxZr -He mulmxA HH mul1mx.
have [a [b [C [Cs KE]]]] := blockE Ks.
have [b0 ax] : b = 0 /\ a%:M = x%:M :> 'M[F]_1.
  move: Ke; rewrite KE /e mul_block_col scale_col_mx !mulmx0 !mulmx1 !addr0 scaler0.
  by case/eq_col_mx => h1 h2; split=> //; rewrite h1 scale_scalar_mx mulr1.
have [[Q d] /andP[/eqP QQ /eqP CE]] := IH C Cs; rewrite /= in QQ CE.
pose Q1 : 'M[F]_(1 + n) := block_mx 1%:M 0 0 Q.
have Q1T : Q1^T = block_mx 1%:M 0 0 Q^T by rewrite /Q1 tr_block_mx trmx1 !trmx0.
have KE2 : K = Q1 *m diag_mx (row_mx x%:M d) *m Q1^T.
  have dE : diag_mx (row_mx x%:M d) = block_mx x%:M 0 0 (diag_mx d) :> 'M[F]_(1 + n).
    rewrite diag_mx_row; congr (block_mx _ _ _ _).
    by apply/matrixP => i j; rewrite !mxE !(ord1 i) !(ord1 j).
  rewrite Q1T dE /Q1 !mulmx_block !(mul0mx, mulmx0, mul1mx, mulmx1, addr0, add0r).
  by rewrite KE b0 trmx0 ax -CE.
exists (H *m Q1, row_mx x%:M d); apply/andP; split; apply/eqP; rewrite /= trmx_mul Hs.
  rewrite mulmxA -(mulmxA Q1^T) HH mulmx1 Q1T /Q1 mulmx_block.
  by rewrite !(mul0mx, mulmx0, mul1mx, mulmx1, addr0, add0r) QQ -scalar_mx_block.
have -> : G = H *m K *m H by rewrite /K !mulmxA HH mul1mx -mulmxA HH mulmx1.
by rewrite KE2 !mulmxA.
Qed.

Theorem spectral n (G : 'M[F]_n) : G^T = G ->
  exists (Q : 'M[F]_n) (d : 'rV[F]_n), Q^T *m Q = 1%:M /\ G = Q *m diag_mx d *m Q^T.
Proof.
by case/spectral_prop => [[Q d]] /andP[/eqP h1 /eqP h2]; exists Q, d.
Qed.

Theorem spectral_sig n (G : 'M[F]_n) : G^T = G -> {p | spec_prop G p}.
Proof. by move=> Gs; apply: sigW; apply: spectral_prop. Qed.
End Spec.
