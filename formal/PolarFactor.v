(* The polar factor exists and is unique over a real closed field, so the algorithm is a function: H = (B^T
   B)^(-1/2) by the spectral theorem is the only symmetric positive semidefinite H with (B H)^T B H = I, and B = X
   - eta G has B^T B = I + eta^2 G^T G > 0 for every tangent G. Hence the hypotheses of the theorems about steps
   are never empty. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Alignment FrobeniusNorm SpectralTheorem.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* a PSD form that vanishes at u kills u *)
Lemma psd_ker (R : realFieldType) n (K : 'M[R]_n) u : K^T = K -> (forall v, 0 <= qf K v) -> qf K u = 0 -> K *m u = 0.
Proof.
move=> Ks Kp h; apply/eqP; rewrite -dot_eq0.
have sym x z : dot x (K *m z) = dot z (K *m x) by rewrite dotC dot_adj Ks.
have q : dot u (K *m (K *m u)) ^+ 2 <= qf K (K *m u) * qf K u.
  apply: quad => // c; have := Kp (u - c *: (K *m u)); congr (0 <= _).
  rewrite !qfE !(mulmxDr, mulmxN, mulmxZr) !dotlin (sym (K *m u) u).
  by move: (dot u (K *m u)) (dot u _) (dot (K *m u) _) => d1 d2 d3; ring.
have e : dot u (K *m (K *m u)) = dot (K *m u) (K *m u) by rewrite sym.
move: q; rewrite h mulr0 e => q; rewrite -sqrf_eq0 eq_le q; exact: sqr_ge0.
Qed.

Section Polar.
Variable F : rcfType.

Lemma gram_sym m r (B : 'M[F]_(m, r)) : (B^T *m B)^T = B^T *m B.
Proof. by rewrite trmx_mul trmxK. Qed.

Definition specQ m r (B : 'M[F]_(m, r)) : 'M[F]_r := (sval (spectral_sig (gram_sym B))).1.
Definition specd m r (B : 'M[F]_(m, r)) : 'rV[F]_r := (sval (spectral_sig (gram_sym B))).2.
(* (B'B)^(-1/2) and the polar factor *)
Definition polarH m r (B : 'M[F]_(m, r)) : 'M[F]_r :=
  specQ B *m diag_mx (map_mx (fun x => (Num.sqrt x)^-1) (specd B)) *m (specQ B)^T.
Definition polar m r (B : 'M[F]_(m, r)) : 'M[F]_(m, r) := B *m polarH B.

Lemma specP m r (B : 'M[F]_(m, r)) :
  (specQ B)^T *m specQ B = 1%:M /\ B^T *m B = specQ B *m diag_mx (specd B) *m (specQ B)^T.
Proof. by have /andP[/eqP h1 /eqP h2] := svalP (spectral_sig (gram_sym B)). Qed.

Theorem polarP m r (B : 'M[F]_(m, r)) : (forall w : 'cV[F]_r, w != 0 -> 0 < nrm2 (B *m w)) ->
  [/\ (polarH B)^T = polarH B, (forall v, 0 <= qf (polarH B) v) & (polar B)^T *m polar B = 1%:M].
Proof.
move=> pos; rewrite /polar /polarH; have [] := specP B.
move: (specQ B) (specd B) => Q d QQ GE.
have dp i : 0 < d 0 i.
  pose u : 'cV[F]_r := Q *m delta_mx i 0.
  have Qu : Q^T *m u = delta_mx i 0 by rewrite /u mulmxA QQ mul1mx.
  have u0 : u != 0.
    apply: contraTneq (erefl true) => u0; move: Qu; rewrite u0 mulmx0 => /matrixP/(_ i 0).
    by rewrite !mxE !eqxx => /esym/eqP; rewrite oner_eq0.
  have := pos _ u0; rewrite nrm2E dot_adj mulmxA GE; clearbody u.
  rewrite -!mulmxA Qu -{1}[Q]trmxK -dot_adj Qu dotE (bigD1 i) //= big1 ?addr0 => [|j /negPf ne].
    by rewrite mul_diag_mx !mxE !eqxx mul1r mulr1.
  by rewrite !mxE ne mul0r.
pose e : 'rV[F]_r := map_mx (fun x => (Num.sqrt x)^-1) d.
have eE i : e 0 i = (Num.sqrt (d 0 i))^-1 by rewrite mxE.
rewrite -/e; have Hs : (Q *m diag_mx e *m Q^T)^T = Q *m diag_mx e *m Q^T.
  by rewrite !trmx_mul trmxK tr_diag_mx mulmxA.
split=> // [v|].
  rewrite qfE -!mulmxA -{1}[Q]trmxK -dot_adj; move: (Q^T *m v) => z.
  rewrite dotE; apply: sumr_ge0 => i _; rewrite mul_diag_mx mxE mulrCA -expr2 eE.
  by rewrite mulr_ge0 ?sqr_ge0 // invr_ge0 sqrtr_ge0.
rewrite trmx_mul Hs mulmxA -(mulmxA _ B^T B) GE; clearbody e.
have ede : diag_mx e *m (diag_mx d *m diag_mx e) = 1%:M.
  apply/matrixP => i j; rewrite !mul_diag_mx !mxE.
  have [_|_] := eqVneq i j; last by rewrite !mulr0n !mulr0.
  rewrite !mulr1n eE; have := dp i; move: (d 0 i) => x x0.
  have s0 : Num.sqrt x != 0 by rewrite gt_eqF // sqrtr_gt0.
  by rewrite -{2}(sqr_sqrtr (ltW x0)); field.
rewrite -!mulmxA (mulmxA Q^T Q) QQ mul1mx (mulmxA Q^T Q) QQ mul1mx (mulmxA (diag_mx d)) (mulmxA (diag_mx e)).
by rewrite ede mul1mx; apply: mulmx1C.
Qed.

(* ---------- uniqueness ---------- *)
Theorem sqrt_uniq n (K K' : 'M[F]_n) : K^T = K -> K'^T = K' ->
  (forall v, 0 <= qf K v) -> (forall v, 0 <= qf K' v) -> K \in unitmx ->
  K *m K = K' *m K' -> K = K'.
Proof.
move=> Ks Ks' Kp Kp' Ku e; pose D := K - K'.
have Ds : D^T = D by rewrite /D linearB /= Ks Ks'.
have [Q [d [QQ DE]]] := spectral Ds.
suff d0 : d = 0.
  apply/eqP; rewrite -subr_eq0 -/D DE d0 linear0 mulmx0 mul0mx //.
apply/matrixP => i0 i; rewrite (ord1 i0) [RHS]mxE => {i0}.
apply/eqP; apply: contraT => di.
pose u : 'cV[F]_n := Q *m delta_mx i 0.
have Qu : Q^T *m u = delta_mx i 0 by rewrite /u mulmxA QQ mul1mx.
have u0 : u != 0.
  apply: contraTneq (erefl true) => u0; move: Qu; rewrite u0 mulmx0 => /matrixP/(_ i 0).
  by rewrite !mxE !eqxx => /esym/eqP; rewrite oner_eq0.
have Du : D *m u = d 0 i *: u.
  rewrite DE -!mulmxA Qu /u -mulmxZr; congr (Q *m _); apply/matrixP => j j'.
  rewrite mul_diag_mx !mxE; have [->|_] := eqVneq j i; first by [].
  by rewrite !mulr0.
clearbody u.
have K'u : K' *m u = K *m u - d 0 i *: u by rewrite -Du /D mulmxBl opprB addrC subrK.
have q1 : dot (K *m u) (K *m u) = dot (K' *m u) (K' *m u).
  by rewrite !dot_adj Ks Ks' !mulmxA e.
have q2 : qf K u + qf K' u = 0.
  apply: (mulfI di); rewrite mulr0 !qfE K'u.
  move: q1; rewrite K'u => /eqP; rewrite -subr_eq0 => /eqP; move: (K *m u) => z h.
  by rewrite -[RHS]h !dotlin (dotC z u); ring.
have k0 : qf K u = 0.
  by apply/eqP; have := q2; move/eqP; rewrite paddr_eq0 // => /andP[].
have := psd_ker Ks Kp k0 => /(congr1 (mulmx (invmx K))).
by rewrite mulmxA mulVmx // mul1mx mulmx0 => uz; rewrite uz eqxx in u0.
Qed.

Theorem polar_uniq m r (B : 'M[F]_(m, r)) (H H' : 'M[F]_r) :
  H^T = H -> (forall v, 0 <= qf H v) -> (B *m H)^T *m (B *m H) = 1%:M ->
  H'^T = H' -> (forall v, 0 <= qf H' v) -> (B *m H')^T *m (B *m H') = 1%:M -> H = H'.
Proof.
have gen (N : 'M[F]_r) : N^T = N -> (forall v, 0 <= qf N v) -> (B *m N)^T *m (B *m N) = 1%:M ->
  [/\ N \in unitmx, (invmx N)^T = invmx N, (forall v, 0 <= qf (invmx N) v) &
      invmx N *m invmx N = B^T *m B].
  move=> Ns Np; rewrite trmx_mul Ns -mulmxA => e.
  have [Nu _] := mulmx1_unit e.
  have Is : (invmx N)^T = invmx N by rewrite trmx_inv Ns.
  split=> // [v|].
    have := Np (invmx N *m v); congr (0 <= _).
    by rewrite !qfE mulmxA mulmxV // mul1mx dotC.
  have : N *m (B^T *m B) *m N = 1%:M by rewrite -!mulmxA.
  move: (B^T *m B) => G eG.
  have e2 : N *m G = invmx N by rewrite -[LHS]mulmx1 -(mulmxV Nu) mulmxA eG mul1mx.
  by rewrite -{2}e2 mulmxA mulVmx // mul1mx.
move=> Hs Hp HE Hs' Hp' HE'.
have [Hu Is Ip IG] := gen H Hs Hp HE; have [Hu' Is' Ip' IG'] := gen H' Hs' Hp' HE'.
have e : invmx H = invmx H'.
  by apply: sqrt_uniq => //; [rewrite unitmx_inv | rewrite IG IG'].
by rewrite -[H]invmxK e invmxK.
Qed.

(* ---------- the polar step from a tangent direction ---------- *)
Lemma retr_pos m r (X G : 'M[F]_(m, r)) eta : X^T *m X = 1%:M -> (X^T *m G)^T = - (X^T *m G) ->
  forall w : 'cV[F]_r, nrm2 ((X - eta *: G) *m w) = nrm2 w + eta ^+ 2 * nrm2 (G *m w).
Proof.
move=> XX sk w; have q0 : dot (X *m w) (G *m w) = 0.
  rewrite dot_adj mulmxA; move: (X^T *m G) sk => O Os.
  have h : dot w (O *m w) = - dot w (O *m w).
    by rewrite -{1}[O]trmxK -dot_adj Os mulNmx dotNl dotC.
  have : dot w (O *m w) + dot w (O *m w) = 0 by rewrite {1}h addNr.
  by rewrite -mulr2n => /eqP; rewrite mulrn_eq0 => /eqP.
rewrite mulmxBl -scalemxAl !nrm2E dot_sub2 q0 mulr0 subr0.
by rewrite [dot (X *m w) _]dot_adj (mulmxA X^T X) XX mul1mx.
Qed.

Theorem polar_retr m r (X G : 'M[F]_(m, r)) eta (B := X - eta *: G) :
  X^T *m X = 1%:M -> (X^T *m G)^T = - (X^T *m G) ->
  [/\ (polarH B)^T = polarH B, (forall v, 0 <= qf (polarH B) v) & (polar B)^T *m polar B = 1%:M].
Proof.
move=> XX sk; apply: polarP => w w0; rewrite (retr_pos eta XX sk).
by apply: ltr_paddr; [rewrite mulr_ge0 ?sqr_ge0 ?nrm2_ge0 | apply: dot_gt0].
Qed.

Lemma tangent_projection_skew m r (X G : 'M[F]_(m, r)) : X^T *m X = 1%:M ->
  (X^T *m tangent_projection X G)^T = - (X^T *m tangent_projection X G).
Proof.
move=> XX; rewrite /tangent_projection mulmxBr mulmxA XX mul1mx; move: (X^T *m G) => C.
by apply/matrixP => i j; rewrite !mxE; move: (C i j) (C j i) => x y; field.
Qed.
End Polar.

(* ---------- the algorithm as a function ---------- *)
Section Alg.
Variables (F : rcfType) (m r k : nat).
Variables (U : 'M[F]_(m, k)) (sig : 'rV[F]_k) (T : 'M[F]_m -> 'M[F]_m) (eta : F).

Definition polar_next (X : 'M[F]_(m, r)) (Th : 'M[F]_r) : 'M[F]_(m, r) :=
  polar (X - eta *: tangent_projection X (gradient U sig T X Th)).

Theorem polar_step_fun X Th Y : X^T *m X = 1%:M ->
  polar_step U sig T eta X Th Y <-> Y = polar_next X Th.
Proof.
move=> XX; have [Hs Hp HE] := polar_retr eta XX (tangent_projection_skew (gradient U sig T X Th) XX).
split=> [[YY [H [Hs' Hp' YE]]]|->]; last first.
  split; first exact: HE.
  by exists (polarH (X - eta *: tangent_projection X (gradient U sig T X Th))); split.
rewrite YE in YY *; rewrite /polar_next /polar; congr (_ *m _).
exact: polar_uniq Hs' Hp' YY Hs Hp HE.
Qed.

Definition alg (p : 'M[F]_(m, r) * 'M[F]_r) : 'M[F]_(m, r) * 'M[F]_r :=
  let Y := polar_next p.1 p.2 in (Y, magnitude_step U sig T Y p.2).
Definition traj (X0 : 'M[F]_(m, r)) (Th0 : 'M[F]_r) (t : nat) := iter t alg (X0, Th0).

Lemma traj_St X0 Th0 t : X0^T *m X0 = 1%:M -> (traj X0 Th0 t).1^T *m (traj X0 Th0 t).1 = 1%:M.
Proof.
move=> X00; elim: t => [|t ih] //.
have /(polar_step_fun (traj X0 Th0 t).2 _ ih) [] : polar_next (traj X0 Th0 t).1 (traj X0 Th0 t).2
  = polar_next (traj X0 Th0 t).1 (traj X0 Th0 t).2 by [].
by [].
Qed.

Theorem traj_ok X0 Th0 t : X0^T *m X0 = 1%:M ->
  polar_step U sig T eta (traj X0 Th0 t).1 (traj X0 Th0 t).2 (traj X0 Th0 t.+1).1 /\
  (traj X0 Th0 t.+1).2 = magnitude_step U sig T (traj X0 Th0 t.+1).1 (traj X0 Th0 t).2.
Proof.
move=> X00; split=> //.
exact: (proj2 (polar_step_fun _ _ (traj_St Th0 t X00)) erefl).
Qed.

Theorem traj_uniq X0 Th0 (X : nat -> 'M[F]_(m, r)) (Th : nat -> 'M[F]_r) :
  X0^T *m X0 = 1%:M -> X 0%N = X0 -> Th 0%N = Th0 ->
  (forall t, polar_step U sig T eta (X t) (Th t) (X t.+1)) ->
  (forall t, Th t.+1 = magnitude_step U sig T (X t.+1) (Th t)) ->
  forall t, traj X0 Th0 t = (X t, Th t).
Proof.
move=> X00 X0E Th0E Xs Ts; elim=> [|t ih]; first by rewrite /traj /= X0E Th0E.
have hX := traj_St Th0 t X00; rewrite ih /= in hX.
have e := proj1 (polar_step_fun _ _ hX) (Xs t).
by rewrite /traj iterS -/(traj X0 Th0 t) ih /alg /= -e -Ts.
Qed.
End Alg.
