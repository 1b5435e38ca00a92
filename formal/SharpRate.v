(* The sharp rate of the population algorithm, for all step sizes up to 2/s1^2.

   With N = (M^(-1)/eta + D)^(-1) = eta M L^(-1), which is symmetric, S_+^(-1) - I = (I - N)(S^(-1) - I)(I - N). The
   form of N lies in [n, 2 - n], so I - N is bounded by 1 - n. Nothing is diagonalised: products of commuting forms
   are written as sums of congruences, as in Contraction.v. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct FrobeniusNorm Contraction CoreInequality Alignment HorizontalStep
  PopulationStep Residual.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Sharp.
Variables (R : realFieldType) (k : nat).
Variables (S M : 'M[R]_k) (l s1 c eta n : R).
Hypothesis Ssym : S^T = S.
Hypothesis Slo : forall w : 'cV[R]_k, l * nrm2 w <= qf S w.
Hypothesis Shi : forall w : 'cV[R]_k, qf S w <= nrm2 w.
Hypothesis Msym : M^T = M.
Hypothesis Mlo : forall w : 'cV[R]_k, c * nrm2 w <= qf M w.
Hypothesis Mhi : forall w : 'cV[R]_k, nrm2 (M *m w) <= s1 ^+ 2 * qf M w.
Hypothesis l0 : 0 < l.
Hypothesis l1 : l < 1.
Hypothesis eta0 : 0 < eta.
Hypothesis cp : 0 < c.
Let b := eta * c.
Let x := eta * s1 ^+ 2.
Hypothesis x0 : 0 < x.
Hypothesis n_lo : n * (1 + b * (1 - l)) <= b.
Hypothesis n_hi : x <= 2%:R - n.
Hypothesis n1 : n < 1.

Notation L := (1%:M + eta *: ((1%:M - S) *m M)).
Notation K := (M *m (1%:M - S) *m M).

(* z = eta M w *)
Definition zz (w : 'cV[R]_k) : 'cV[R]_k := eta *: (M *m w).

Lemma zsym u v : dot (zz u) v = dot u (zz v).
Proof. by rewrite /zz dotZl dotZr dot_adj Msym. Qed.

Lemma LE w : L *m w = w + (zz w - S *m zz w).
Proof. by rewrite mulmxDl mul1mx -scalemxAl -mulmxA mulmxBl mul1mx /zz scalerBr mulmxZr. Qed.

Lemma c0' : 0 < 1 - l. Proof. by rewrite subr_gt0. Qed.
Lemma b0 : 0 < b. Proof. by rewrite /b mulr_gt0. Qed.

Lemma zlo w : b * dot w w <= dot w (zz w).
Proof.
have h := Mlo w.
rewrite /zz dotZr -qfE /b -mulrA; apply: ler_wpmul2l; first exact: ltW.
by rewrite -nrm2E.
Qed.

Lemma zhi w : dot (zz w) (zz w) <= x * dot w (zz w).
Proof.
have h := Mhi w.
rewrite {1 2}/zz dotZl dotZr -nrm2E /x /zz dotZr -qfE.
have -> : eta * s1 ^+ 2 * (eta * qf M w) = eta * (eta * (s1 ^+ 2 * qf M w)) by ring.
by apply: ler_wpmul2l; [exact: ltW | apply: ler_wpmul2l => //; exact: ltW].
Qed.

(* D^2 <= (1 - l) D *)
Lemma D2 g : dot (g - S *m g) (g - S *m g) <= (1 - l) * (dot g g - dot g (S *m g)).
Proof.
have h1 := QA Slo (g - S *m g).
have h2 := QB Shi (S *m g - l *: g).
rewrite -subr_ge0 -(pmulr_rge0 _ c0').
move: (addr_ge0 h1 h2); congr (0 <= _).
rewrite !(mulmxDr, mulmxN, mulmxZr, dotlin, (SA Ssym)); ring.
Qed.

Lemma lo w : n * dot (L *m w) (L *m w) <= dot (L *m w) (zz w).
Proof.
rewrite LE; move: (zz w) (zlo w) (D2 (zz w)) => z hz hD.
set d := z - S *m z in hD *.
have hd : dot z z - dot z (S *m z) = dot z d by rewrite /d dotDr dotNr.
rewrite hd in hD; clear hd; clearbody d.
have sq := dot_ge0 ((b * (1 - l)) *: w - d).
have bp := b0; have cp0 := c0'.
have tp : 0 < 1 + b * (1 - l) by rewrite addr_gt0 ?ltr01 // mulr_gt0.
have nl := n_lo; rewrite -subr_ge0 in hz; rewrite -subr_ge0 in hD; rewrite -subr_ge0 in nl.
have hh := dot_ge0 (w + d).
rewrite -subr_ge0 -(pmulr_rge0 _ (mulr_gt0 tp cp0)).
have e1 := mulr_ge0 (ltW (mulr_gt0 tp cp0)) hz.
have e2 := mulr_ge0 (mulr_ge0 (ltW cp0) (ltW bp)) hD.
have e3 := mulr_ge0 (mulr_ge0 (ltW cp0) nl) hh.
have := addr_ge0 (addr_ge0 e1 (addr_ge0 e2 e3)) (addr_ge0 sq hD).
congr (0 <= _).
rewrite !dotlin (dotC d w) (dotC d z); ring.
Qed.

Lemma hi w : dot (L *m w) (zz w) <= (2%:R - n) * dot (L *m w) (L *m w).
Proof.
have hz := zhi w.
have hd := QB Shi (zz w).
rewrite LE; move: (zz w) hz hd => z hz hd.
set h := w + (z - S *m z).
have hE : dot h z = dot w z + (dot z z - dot z (S *m z)).
  by rewrite /h !dotlin (SA Ssym).
clearbody h.
have sq := dot_ge0 (x *: h - z).
have step : dot h z <= x * dot h h.
  rewrite -subr_ge0 -(pmulr_rge0 _ x0); rewrite -subr_ge0 in hz.
  have xd := mulr_ge0 (ltW x0) hd.
  have := addr_ge0 sq (addr_ge0 hz xd); congr (0 <= _).
  rewrite !dotlin (dotC z h) hE; ring.
by apply: le_trans step _; apply: ler_wpmul2r => //; apply: dot_ge0.
Qed.

Lemma L_inj (w : 'cV[R]_k) : L *m w = 0 -> w = 0.
Proof.
move=> Lw0; apply/eqP; apply: contraT => w0.
have wp := dot_gt0 w0.
have hz := zlo w; have hd := QB Shi (zz w).
have e : dot (L *m w) (zz w) = dot w (zz w) + (dot (zz w) (zz w) - dot (zz w) (S *m zz w)).
  by rewrite LE; move: (zz w) => z; rewrite !dotlin (SA Ssym).
have p1 : 0 < dot w (zz w) by apply: lt_le_trans hz; rewrite mulr_gt0 // b0.
have := ltr_paddr hd p1; rewrite -e Lw0 /dot trmx0 mul0mx mxE.
by rewrite ltxx.
Qed.

Lemma L_unit' : L \in unitmx.
Proof. exact: inj_unit L_inj. Qed.

(* N = eta M L^-1, symmetric, with spectrum in [n, 2 - n] *)
Definition Nm : 'M[R]_k := eta *: (M *m invmx L).

Lemma NE (h : 'cV[R]_k) : Nm *m h = zz (invmx L *m h).
Proof. by rewrite /Nm -scalemxAl /zz mulmxA. Qed.

Lemma LK (h : 'cV[R]_k) : L *m (invmx L *m h) = h.
Proof. by rewrite mulmxA mulmxV ?L_unit' // mul1mx. Qed.

Lemma NA (u v : 'cV[R]_k) : dot (Nm *m u) v = dot u (Nm *m v).
Proof.
rewrite -{2}(LK u) -{1}(LK v) !NE !LE.
move: (invmx L *m u) (invmx L *m v) => {u v} u v.
move: (zz u) (zz v) (zsym u v) => y z e.
by rewrite !dotlin e (SA Ssym).
Qed.

Lemma N_lo' (h : 'cV[R]_k) : 0 <= dot h (Nm *m h) - n * dot h h.
Proof. by rewrite subr_ge0 NE; have := lo (invmx L *m h); rewrite LK. Qed.
Lemma N_hi' (h : 'cV[R]_k) : 0 <= (2%:R - n) * dot h h - dot h (Nm *m h).
Proof. by rewrite subr_ge0 NE; have := hi (invmx L *m h); rewrite LK. Qed.

Lemma contract (h : 'cV[R]_k) : dot (h - Nm *m h) (h - Nm *m h) <= (1 - n) ^+ 2 * dot h h.
Proof.
have h1 := N_hi' (Nm *m h - n *: h).
have h2 := N_lo' ((2%:R - n) *: h - Nm *m h).
have np : 0 < 2%:R * (1 - n) by rewrite mulr_gt0 ?ltr0n // subr_gt0.
rewrite -subr_ge0 -(pmulr_rge0 _ np).
move: (addr_ge0 h1 h2); congr (0 <= _).
rewrite !(mulmxDr, mulmxN, mulmxZr, dotlin, NA); ring.
Qed.

(* S^(-1) <= 1 / l, in terms of S a *)
Lemma S_inv_hi (a : 'cV[R]_k) : l * dot a (S *m a) <= dot (S *m a) (S *m a).
Proof.
rewrite -subr_ge0.
have := addr_ge0 (mulr_ge0 (ltW l0) (QA Slo a)) (dot_ge0 (S *m a - l *: a)).
by congr (0 <= _); rewrite !dotlin (dotC (S *m a) a); ring.
Qed.

Theorem sharp (w : 'cV[R]_k) :
  qf (invmx S) w + eta ^+ 2 * qf K w
  <= (1 + (1 - n) ^+ 2 * (l^-1 - 1)) * nrm2 (L *m w).
Proof.
have Su := S_unit Ssym Slo l0.
pose v := invmx S *m w.
have wE : w = S *m v by rewrite /v mulmxA mulmxV // mul1mx.
pose z := zz w; pose a := v - z; pose h := L *m w.
have hE : h = S *m a + z.
  by rewrite /h LE -/z /a mulmxBr -wE addrCA [RHS]addrC.
have gE : h - Nm *m h = S *m a.
  rewrite NE /h mulmxA mulVmx ?L_unit' // mul1mx -/z -/h hE.
  by rewrite addrK.
have qI : qf (invmx S) w = dot v w by rewrite qfE -/v dotC.
have qK : eta ^+ 2 * qf K w = dot z z - dot z (S *m z).
  rewrite (qfK S Msym).
  by rewrite /z /zz mulmxZr !dotlin; ring.
have c1 := contract h; rewrite gE in c1.
have i1 := S_inv_hi a.
have i2 : dot a (S *m a) <= l^-1 * dot (S *m a) (S *m a).
  by rewrite -(ler_pmul2l l0) mulrA mulfV ?gt_eqF // mul1r.
have id : dot v w + (dot z z - dot z (S *m z)) = dot h h + (dot a (S *m a) - dot (S *m a) (S *m a)).
  have vE : v = a + z by rewrite /a subrK.
  rewrite {1}wE hE vE; clearbody a z.
  by rewrite !(mulmxDr, dotlin, (SA Ssym)) (dotC z (S *m a)) (SA Ssym); ring.
have q0 : 0 <= l^-1 - 1 by rewrite subr_ge0 invf_ge1 // ltW.
rewrite qI qK id nrm2E -/h mulrDl mul1r ler_add2l.
apply: le_trans (_ : (l^-1 - 1) * dot (S *m a) (S *m a) <= _).
  by rewrite mulrBl mul1r ler_add2r.
by rewrite -mulrA mulrCA; apply: ler_wpmul2l.
Qed.

Variable Sp : 'M[R]_k.
Hypothesis Sp0 : forall u, 0 <= qf Sp u.
Hypothesis Spcs : forall u w : 'cV[R]_k,
  dot u (L *m w) ^+ 2 <= qf Sp u * (qf (invmx S) w + eta ^+ 2 * qf K w).

Theorem sharp_reduce (u : 'cV[R]_k) : nrm2 u <= (1 + (1 - n) ^+ 2 * (l^-1 - 1)) * qf Sp u.
Proof.
have [->|u0] := eqVneq u 0.
  by rewrite nrm2E qfE /dot !mulmx0 mxE mulr0.
have up := dot_gt0 u0.
have h := Spcs u (invmx L *m u); have h2 := sharp (invmx L *m u).
rewrite LK in h h2.
have h3 := le_trans h (ler_wpmul2l (Sp0 u) h2).
rewrite -(ler_pmul2l up) -{1}nrm2E.
apply: le_trans (_ : dot u u ^+ 2 <= _); first by rewrite expr2 nrm2E.
by apply: le_trans h3 _; rewrite nrm2E mulrCA mulrA mulrC -mulrA lexx.
Qed.
End Sharp.

(* how n is chosen, and what follows from it *)
Section Choice.
Variables (R : realFieldType) (sk s1 eta l : R).
Hypothesis sk0 : 0 < sk.
Hypothesis sks1 : sk <= s1.
Hypothesis eta0 : 0 < eta.
Hypothesis x2 : eta * s1 ^+ 2 <= 2%:R.
Hypothesis l0 : 0 < l.
Hypothesis l1 : l < 1.
Let b := l * (eta * sk ^+ 2).
Let x := eta * s1 ^+ 2.
Let y := effective_step sk s1 eta.
Let n := shrinkage sk s1 eta l.

Lemma yx : eta * sk ^+ 2 <= x.
Proof. by rewrite /x ler_wpmul2l ?(ltW eta0) // ler_expn2r // nnegrE ltW // (lt_le_trans sk0). Qed.
Lemma bd0 : 0 < 1 + b * (1 - l).
Proof. by rewrite addr_gt0 ?ltr01 // mulr_gt0 ?subr_gt0 // /b !mulr_gt0 // exprn_gt0. Qed.
Lemma n_first : n * (1 + b * (1 - l)) <= b.
Proof. by rewrite -ler_pdivl_mulr ?bd0 // /n /shrinkage le_minl lexx. Qed.
Lemma n_second : x <= 2%:R - n.
Proof. by rewrite ler_subr_addl -ler_subr_addr /n /shrinkage le_minl lexx orbT. Qed.
Lemma n_ge0 : 0 <= n.
Proof.
rewrite /n /shrinkage le_minr subr_ge0 x2 andbT.
by apply: divr_ge0; [rewrite !mulr_ge0 ?sqr_ge0 // ltW | exact: ltW bd0].
Qed.
Lemma b_le : b <= l * x.
Proof. by rewrite /b; apply: ler_wpmul2l; [exact: ltW | exact: yx]. Qed.
Lemma n_lt1 : n < 1.
Proof.
have [x1|x1] := leP x 1; last first.
  have := n_second; rewrite ler_subr_addl -ler_subr_addr => h; apply: le_lt_trans h _.
  by rewrite ltr_subl_addl -[2%:R]/(1 + 1 : R) ltr_add2r.
apply: le_lt_trans (_ : n <= b) _.
  apply: le_trans n_first; rewrite ler_pemulr ?n_ge0 // ler_addl.
  by rewrite mulr_ge0 ?subr_ge0 ?(ltW l1) // /b !mulr_ge0 ?sqr_ge0 // ltW.
apply: le_lt_trans b_le _; apply: le_lt_trans l1.
by rewrite ler_pimulr // ltW.
Qed.

Lemma y_ge0 : 0 <= y.
Proof. by rewrite /y /effective_step le_minr subr_ge0 x2 andbT mulr_ge0 ?sqr_ge0 // ltW. Qed.
Lemma y_first : y <= eta * sk ^+ 2. Proof. by rewrite /y /effective_step le_minl lexx. Qed.
Lemma y_second : y <= 2%:R - x. Proof. by rewrite /y /effective_step le_minl lexx orbT. Qed.
Lemma y_le1 : y <= 1.
Proof.
have h := ler_add (le_trans y_first yx) y_second.
rewrite addrCA subrr addr0 in h.
by rewrite -(ler_pmul2l (ltr0n R 2)) mulr1; move: h; rewrite -[2%:R]/(1 + 1 : R) mulrDl mul1r.
Qed.

(* (1 - n)^2 <= 1 - y l *)
Lemma shrinkage_lower : (1 - n) ^+ 2 <= 1 - y * l.
Proof.
have y0 := y_ge0; have y1 := y_le1.
have c0 : 0 < 1 - l by rewrite subr_gt0.
pose g := l * y; pose d := 1 + g * (1 - l).
have g0 : 0 <= g by rewrite mulr_ge0 // ltW.
have d0 : 0 < d by rewrite ltr_paddr ?ltr01 // mulr_ge0 // ltW.
have gl : g <= l by rewrite ler_pimulr // ltW.
have g1 : g <= 1 := le_trans gl (ltW l1).
(* n >= g/d *)
have gn : g / d <= n.
  rewrite /n /shrinkage le_minr; apply/andP; split.
    rewrite -/b ler_pdivr_mulr // mulrAC ler_pdivl_mulr ?bd0 //.
    have gb : g <= b by rewrite /g /b; apply: ler_wpmul2l; [exact: ltW | exact: y_first].
    rewrite -subr_ge0 (_ : _ - _ = b - g) ?subr_ge0 // /d.
    by move: (b) (g) => u v; ring.
  apply: le_trans y_second; apply: le_trans (_ : g <= y); last by rewrite /g ler_pimull // ltW.
  by rewrite ler_pdivr_mulr // ler_pemulr // /d ler_addl mulr_ge0 // ltW.
apply: le_trans (_ : (1 - g / d) ^+ 2 <= _).
  by rewrite ler_expn2r ?nnegrE ?subr_ge0 ?(ltW n_lt1) ?(le_trans gn (ltW n_lt1)) // ler_sub.
have dn : d != 0 by rewrite gt_eqF.
have e : 1 - y * l - (1 - g / d) ^+ 2 = g * ((1 - l) * (1 - g ^+ 2 * (1 - l)) + (l - g)) / d ^+ 2.
  rewrite (mulrC y) -/g; rewrite /d in dn *; field; exact: dn.
rewrite -subr_ge0 e divr_ge0 ?sqr_ge0 // mulr_ge0 // addr_ge0 ?subr_ge0 //.
apply: mulr_ge0; first exact: ltW.
rewrite subr_ge0 mulr_ile1 ?sqr_ge0 ?(ltW c0) //; first by rewrite exprn_ile1.
by rewrite ler_subl_addl ler_addr ltW.
Qed.
End Choice.

Section SharpStep.
Variables (R : realFieldType) (m r k : nat).
Variables (U : 'M[R]_(m, k)) (sig : 'rV[R]_k) (sk s1 eta : R).
Hypothesis UU : U^T *m U = 1%:M.
Hypothesis sk0 : 0 < sk.
Hypothesis sks1 : sk <= s1.
Hypothesis siglo : forall i, sk <= sig 0 i.
Hypothesis sighi : forall i, sig 0 i <= s1.
Hypothesis eta0 : 0 < eta.
Hypothesis x2 : eta * s1 ^+ 2 <= 2%:R.
Notation T := (@population R m).

Theorem sharp_step (X Y : 'M[R]_(m, r)) (l : R) :
  X^T *m X = 1%:M -> orthonormal_step U sig T eta X (exact_magnitude U sig X) Y ->
  0 < l -> l < 1 -> lambda_min_ge U X l ->
  [/\ 0 < sharp_level sk s1 eta l, sharp_level sk s1 eta l < 1, Y^T *m Y = 1%:M &
      lambda_min_ge U Y (sharp_level sk s1 eta l)].
Proof.
move=> XX XY l0 l1 Xl.
have s10 := lt_le_trans sk0 sks1.
have n1 := n_lt1 sk0 sks1 eta0 x2 l0 l1.
have nl := n_first s1 sk0 eta0 l0 l1; have nh := n_second sk s1 eta l.
set n := shrinkage sk s1 eta l in n1 nl nh.
have q0 : 0 < l^-1 - 1 by rewrite subr_gt0 invf_gt1.
have p1 : 1 < 1 + (1 - n) ^+ 2 * (l^-1 - 1).
  by rewrite ltr_addl mulr_gt0 // exprn_gt0 // subr_gt0.
have p0 := lt_trans ltr01 p1.
have x0 : 0 < eta * s1 ^+ 2 by rewrite mulr_gt0 // exprn_gt0.
rewrite /sharp_level -/n; split; [by rewrite invr_gt0 | by rewrite invf_lt1 | by case: XY |].
move=> w; rewrite -(ler_pmul2l p0) mulrA mulfV ?gt_eqF // mul1r.
have Y0 u : 0 <= qf (alignment U Y) u by rewrite qov nrm2E dot_ge0.
have hi' v : qf (alignment U X) v <= nrm2 v by apply: ov_hi.
have nl' : n * (1 + eta * (l * sk ^+ 2) * (1 - l)) <= eta * (l * sk ^+ 2) by rewrite (mulrCA eta).
have cp : 0 < l * sk ^+ 2 by rewrite mulr_gt0 // exprn_gt0.
exact: (sharp_reduce (ov_sym U X) Xl hi' (Msym U sig X) (M_lo sk0 siglo l0 Xl) (M_hi UU sk0 s10 siglo sighi XX l0 Xl)
  l0 l1 eta0 cp x0 nl' nh n1 Y0 (population_cauchy_schwarz UU XX XY l0 Xl)).
Qed.

Theorem sharp_trajectory (X : nat -> 'M[R]_(m, r)) (Th : nat -> 'M[R]_r) (l0 : R) :
  (X 0%N)^T *m X 0%N = 1%:M -> 0 < l0 -> l0 < 1 -> lambda_min_ge U (X 0%N) l0 ->
  Th 0%N = exact_magnitude U sig (X 0%N) ->
  (forall t, orthonormal_step U sig T eta (X t) (Th t) (X t.+1)) ->
  (forall t, Th t.+1 = magnitude_step U sig T (X t.+1) (Th t)) ->
  forall t, let lt := iter t (sharp_level sk s1 eta) l0 in
  [/\ 0 < lt, lt < 1, (X t)^T *m X t = 1%:M, Th t = exact_magnitude U sig (X t) & lambda_min_ge U (X t) lt].
Proof.
move=> X0 l00 l01 Xl Th0 st mt; elim=> [|t [h0 h1 hX hT hl]] //=.
have st' := st t; rewrite hT in st'.
have [g1 g2 g3 g4] := sharp_step hX st' h0 h1 hl.
by split=> //; rewrite mt magnitude_step_population.
Qed.

Theorem sharp_convergence (X : nat -> 'M[R]_(m, r)) (Th : nat -> 'M[R]_r) (l0 : R) :
  (X 0%N)^T *m X 0%N = 1%:M -> 0 < l0 -> l0 < 1 -> lambda_min_ge U (X 0%N) l0 ->
  Th 0%N = exact_magnitude U sig (X 0%N) ->
  (forall t, orthonormal_step U sig T eta (X t) (Th t) (X t.+1)) ->
  (forall t, Th t.+1 = magnitude_step U sig T (X t.+1) (Th t)) ->
  forall t, fro2 (residual U sig (X t) (Th t))
  <= 2%:R * (l0^-1 - 1) * (1 - effective_step sk s1 eta * l0) ^+ t * fro2 (target U sig).
Proof.
move=> X0 l00 l01 Xl Th0 st mt.
have tr := sharp_trajectory X0 l00 l01 Xl Th0 st mt.
pose ls t := iter t (sharp_level sk s1 eta) l0.
pose y := effective_step sk s1 eta.
have y0 : 0 <= y by exact: y_ge0.
have next t : (ls t.+1)^-1 - 1 = (1 - shrinkage sk s1 eta (ls t)) ^+ 2 * ((ls t)^-1 - 1).
  by rewrite /ls /= /sharp_level invrK addrC addKr.
have qp t : 0 <= (ls t)^-1 - 1.
  by have [h0 h1 _ _ _] := tr t; rewrite subr_ge0 invf_ge1 // ltW.
have stp t : (ls t.+1)^-1 - 1 <= (1 - y * ls t) * ((ls t)^-1 - 1).
  have [h0 h1 _ _ _] := tr t; rewrite next; apply: ler_wpmul2r => //.
  exact: shrinkage_lower.
have mono t : l0 <= ls t.
  elim: t => [|t ih] //; apply: le_trans ih _.
  have [h0 h1 _ _ _] := tr t; have [h0' h1' _ _ _] := tr t.+1.
  rewrite -lef_pinv ?posrE // -(ler_add2r (-1)); apply: le_trans (stp t) _.
  by rewrite ler_pimull // ler_subl_addr ler_addl mulr_ge0 // ltW.
have f0 : 0 <= 1 - y * l0.
  rewrite subr_ge0 mulr_ile1 ?(ltW l00) ?(ltW l01) //; exact: y_le1.
have geo t : (ls t)^-1 - 1 <= (l0^-1 - 1) * (1 - y * l0) ^+ t.
  elim: t => [|t ih]; first by rewrite expr0 mulr1.
  apply: le_trans (stp t) _; apply: le_trans (_ : (1 - y * l0) * ((ls t)^-1 - 1) <= _).
    by apply: ler_wpmul2r => //; rewrite ler_sub // ler_wpmul2l.
  by rewrite exprS mulrCA; apply: ler_wpmul2l.
move=> t; have [h0 h1 hX hT hl] := tr t.
rewrite hT; apply: le_trans (residual_bound sig UU hX hl) _.
apply: ler_wpmul2r; first exact: fro2_ge0.
rewrite -mulrA; apply: ler_wpmul2l; first exact: ler0n.
apply: le_trans _ (geo t).
rewrite -/(ls t); rewrite -/(ls t) in h0 h1; move: (ls t) h0 h1 => z h0 h1.
rewrite -subr_ge0 (_ : _ - _ = (1 - z) ^+ 2 / z).
  by apply: divr_ge0; [exact: sqr_ge0 | exact: (ltW h0)].
by field; rewrite gt_eqF.
Qed.
End SharpStep.
