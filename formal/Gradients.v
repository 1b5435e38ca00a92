(* The gradient formulas of the algorithm are the derivatives of the loss. For every direction H (any matrix, not
   only a tangent one) t |-> f(X + t H, Theta) is a polynomial, written out with its remainder, and its derivative
   at t = 0 is <W X Theta, H> with W = M*(M(X Theta X^T) - y), any data y (noise included), M_i symmetric; for
   Theta in the direction K it is <X^T W X / 2, K>. The projected gradient is tangent, represents the derivative on
   tangent vectors, and is the only matrix that does: it is the Riemannian gradient. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Alignment FrobeniusNorm OperatorNorm.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Ip2.
Variable R : realFieldType.
Lemma grad_unique m n (G G' : 'M[R]_(m, n)) : (forall H, ip G H = ip G' H) -> G = G'.
Proof.
move=> h; apply/eqP; rewrite -subr_eq0; set D := G - G'.
have : fro2 D = 0 by rewrite -ip_fro {1}/D ipDl ipNl h subrr.
move=> d0; apply/eqP/matrixP => i j; rewrite [RHS]mxE.
move/eqP: d0; rewrite /fro2 psumr_eq0 => [/allP/(_ i (mem_index_enum _))|? _]; last first.
  by apply: sumr_ge0 => ? _; apply: sqr_ge0.
rewrite psumr_eq0 => [/allP/(_ j (mem_index_enum _))|? _]; last exact: sqr_ge0.
by rewrite sqrf_eq0 => /eqP.
Qed.
Lemma ipMl m n q (M : 'M[R]_(m, n)) (N : 'M[R]_(n, q)) P : ip (M *m N) P = ip N (M^T *m P).
Proof. by rewrite /ip trmx_mul trmxK mxtrace_mulC !mulmxA mxtrace_mulC mulmxA. Qed.
Lemma ipMr m n q (M : 'M[R]_(m, n)) (N : 'M[R]_(n, q)) P : ip (M *m N) P = ip M (P *m N^T).
Proof. by rewrite /ip trmx_mul trmxK mulmxA. Qed.
Lemma ipT2 m n (M N : 'M[R]_(m, n)) : ip M^T N^T = ip M N.
Proof. by rewrite /ip -mxtrace_tr trmx_mul !trmxK mxtrace_mulC. Qed.
Lemma ip_suml m n k (F : 'I_k -> 'M[R]_(m, n)) N : ip (\sum_i F i) N = \sum_i ip (F i) N.
Proof. by rewrite /ip mulmx_suml linear_sum. Qed.
Lemma ip_sym m (W : 'M[R]_m) N : W^T = W -> ip W N^T = ip W N.
Proof. by move=> Ws; rewrite -{1}Ws ipT2. Qed.
End Ip2.

Section Loss.
Variables (R : realFieldType) (m n r : nat) (Ms : 'I_n -> 'M[R]_m) (y : 'I_n -> R).
Hypothesis Mss : forall i, (Ms i)^T = Ms i.

Notation loss := (@loss R m n Ms r y).
(* M*(M(X Th X^T) - y) *)
Definition Wres (X : 'M[R]_(m, r)) (Th : 'M[R]_r) : 'M[R]_m :=
  \sum_i (ip (Ms i) (X *m Th *m X^T) - y i) *: Ms i.
Definition lgradX X Th : 'M[R]_(m, r) := Wres X Th *m X *m Th.
Definition lgradTh X Th : 'M[R]_r := 2%:R^-1 *: (X^T *m Wres X Th *m X).

Lemma Wres_sym X Th : (Wres X Th)^T = Wres X Th.
Proof. by rewrite /Wres linear_sum; apply: eq_bigr => i _; rewrite linearZ /= Mss. Qed.

Lemma ipW X Th B :
  ip (Wres X Th) B = \sum_i (ip (Ms i) (X *m Th *m X^T) - y i) * ip (Ms i) B.
Proof. by rewrite /Wres ip_suml; apply: eq_bigr => i _; rewrite ipZl. Qed.

Section DirX.
Variables (X H : 'M[R]_(m, r)) (Th : 'M[R]_r).
Hypothesis Ths : Th^T = Th.
Let a i := ip (Ms i) (X *m Th *m X^T) - y i.
Let b i := 2%:R * ip (Ms i *m X *m Th) H.
Let c i := ip (Ms i) (H *m Th *m H^T).
(* coefficients of t^2, t^3, t^4 *)
Definition cX2 : R := 4%:R^-1 * \sum_i (b i ^+ 2 + 2%:R * a i * c i).
Definition cX3 : R := 2%:R^-1 * \sum_i b i * c i.
Definition cX4 : R := 4%:R^-1 * \sum_i c i ^+ 2.

Lemma ip_dir (W : 'M[R]_m) : W^T = W ->
  ip W (H *m Th *m X^T + X *m Th *m H^T) = 2%:R * ip (W *m X *m Th) H.
Proof.
move=> Ws; have -> : X *m Th *m H^T = (H *m Th *m X^T)^T.
  by rewrite trmx_mul (trmx_mul H) trmxK Ths mulmxA.
rewrite ipDr (ip_sym _ Ws) !ipMr Ths; ring.
Qed.

Lemma meas_dir t i :
  ip (Ms i) ((X + t *: H) *m Th *m (X + t *: H)^T) - y i = a i + t * b i + t ^+ 2 * c i.
Proof.
have -> : (X + t *: H) *m Th *m (X + t *: H)^T
  = X *m Th *m X^T + t *: (H *m Th *m X^T + X *m Th *m H^T) + t ^+ 2 *: (H *m Th *m H^T).
  rewrite linearD linearZ /= !mulmxDl !mulmxDr -!scalemxAl -!scalemxAr !scalerA expr2.
  rewrite scalerDr -!addrA; congr (_ + _).
  by rewrite addrCA.
by rewrite 2!ipDr 2!ipZr (ip_dir (Mss i)) /a /b /c; ring.
Qed.

Theorem loss_X t :
  loss (X + t *: H) Th
  = loss X Th + t * ip (lgradX X Th) H + t ^+ 2 * (cX2 + t * cX3 + t ^+ 2 * cX4).
Proof.
have -> : ip (lgradX X Th) H = 2%:R^-1 * \sum_i a i * b i.
  have e : 2%:R * ip (lgradX X Th) H = \sum_i a i * b i.
    rewrite /lgradX -(ip_dir (Wres_sym X Th)) ipW; apply: eq_bigr => i _.
    by rewrite (ip_dir (Mss i)).
  by rewrite -e; field.
have -> : loss (X + t *: H) Th = 4%:R^-1 * \sum_i (a i + t * b i + t ^+ 2 * c i) ^+ 2.
  by congr (_ * _); apply: eq_bigr => i _; rewrite meas_dir.
rewrite /loss -/a /cX2 /cX3 /cX4.
have -> : \sum_i (a i + t * b i + t ^+ 2 * c i) ^+ 2
  = \sum_i a i ^+ 2 + 2%:R * t * (\sum_i a i * b i) + t ^+ 2 * (\sum_i (b i ^+ 2 + 2%:R * a i * c i))
    + 2%:R * t ^+ 3 * (\sum_i b i * c i) + t ^+ 4 * (\sum_i c i ^+ 2).
  rewrite !mulr_sumr -!big_split; apply: eq_bigr => i _ /=.
  by move: (a i) (b i) (c i) => a' b' c'; ring.
move: (\sum_i _) (\sum_i _) (\sum_i _) (\sum_i _) (\sum_i _) => s1 s2 s3 s4 s5.
by field.
Qed.

(* the same with the formal derivative of a polynomial *)
Theorem deriv_X : exists p : {poly R},
  (forall t, p.[t] = loss (X + t *: H) Th) /\ p^`().[0] = ip (lgradX X Th) H.
Proof.
exists ((loss X Th)%:P + (ip (lgradX X Th) H) *: 'X + cX2 *: 'X^2 + cX3 *: 'X^3 + cX4 *: 'X^4).
split=> [t|]; last first.
  by rewrite horner_coef0 coef_deriv mulr1n !(coefD, coefZ, coefC, coefX, coefXn) /= !(mulr0, mulr1, addr0, add0r).
rewrite loss_X !(hornerD, hornerZ, hornerC, hornerX, hornerXn).
by move: (loss _ _) (ip _ _) cX2 cX3 cX4 => d1 d2 d3 d4 d5; ring.
Qed.
End DirX.

Section DirTh.
Variables (X : 'M[R]_(m, r)) (Th K : 'M[R]_r).
Definition cTh2 : R := 4%:R^-1 * \sum_i ip (Ms i) (X *m K *m X^T) ^+ 2.

Theorem loss_Th t :
  loss X (Th + t *: K) = loss X Th + t * ip (lgradTh X Th) K + t ^+ 2 * cTh2.
Proof.
have -> : ip (lgradTh X Th) K = 2%:R^-1 * ip (Wres X Th) (X *m K *m X^T).
  by rewrite /lgradTh ipZl ipMr ipMl trmxK mulmxA.
rewrite ipW /loss /cTh2.
have e t' i : ip (Ms i) (X *m (Th + t' *: K) *m X^T) - y i
  = ip (Ms i) (X *m Th *m X^T) - y i + t' * ip (Ms i) (X *m K *m X^T).
  by rewrite mulmxDr mulmxDl -scalemxAr -scalemxAl ipDr ipZr addrAC.
have -> : \sum_i (ip (Ms i) (X *m (Th + t *: K) *m X^T) - y i) ^+ 2
  = \sum_i (ip (Ms i) (X *m Th *m X^T) - y i) ^+ 2
  + 2%:R * t * (\sum_i (ip (Ms i) (X *m Th *m X^T) - y i) * ip (Ms i) (X *m K *m X^T))
  + t ^+ 2 * \sum_i ip (Ms i) (X *m K *m X^T) ^+ 2.
  rewrite !mulr_sumr -!big_split; apply: eq_bigr => i _ /=.
  by rewrite e; move: (_ - y i) (ip _ (_ *m K *m _)) => a' b'; ring.
move: (\sum_i _) (\sum_i _) (\sum_i _) => s1 s2 s3.
by field.
Qed.

Theorem deriv_Th : exists p : {poly R},
  (forall t, p.[t] = loss X (Th + t *: K)) /\ p^`().[0] = ip (lgradTh X Th) K.
Proof.
exists ((loss X Th)%:P + (ip (lgradTh X Th) K) *: 'X + cTh2 *: 'X^2).
split=> [t|]; last first.
  by rewrite horner_coef0 coef_deriv mulr1n !(coefD, coefZ, coefC, coefX, coefXn) /= !(mulr0, mulr1, addr0, add0r).
rewrite loss_Th !(hornerD, hornerZ, hornerC, hornerX, hornerXn).
by move: (loss _ _) (ip _ _) cTh2 => d1 d2 d3; ring.
Qed.
End DirTh.
End Loss.

(* ---------- the tangent space of the Stiefel manifold ---------- *)
Section Tangent.
Variables (R : realFieldType) (m r : nat) (X : 'M[R]_(m, r)).
Hypothesis XX : X^T *m X = 1%:M.
Notation tangent := (tangent_vector X).

Lemma tangent_projection_tangent B : tangent (tangent_projection X B).
Proof.
rewrite /tangent_vector /tangent_projection; set N := _ *: _.
have Ns : N^T = N by rewrite /N linearZ linearD /= trmxK addrC.
rewrite [(B - _)^T]linearB /= (trmx_mul X) Ns mulmxBr (mulmxBl B^T) mulmxA XX mul1mx.
rewrite -(mulmxA N) XX mulmx1 {Ns}/N.
have -> : B^T *m X = (X^T *m B)^T by rewrite trmx_mul trmxK.
move: (X^T *m B) => C; apply/matrixP => i j; rewrite !mxE.
by move: (C i j) (C j i) => x z; field.
Qed.

(* the normal space {X N, N symmetric} is orthogonal to the tangent space *)
Lemma ip_normal N H : N^T = N -> tangent H -> ip (X *m N) H = 0.
Proof.
move=> Ns tH; rewrite ipMl.
have e : X^T *m H = - (X^T *m H)^T.
  by apply/eqP; rewrite -addr_eq0 trmx_mul trmxK; apply/eqP.
have h : ip N (X^T *m H) = - ip N (X^T *m H).
  by rewrite {1}e ipC ipNl ipC (ip_sym _ Ns).
have : ip N (X^T *m H) + ip N (X^T *m H) = 0 by rewrite {1}h addNr.
by rewrite -mulr2n => /eqP; rewrite mulrn_eq0 => /eqP.
Qed.

Theorem tangent_projection_repr B H : tangent H -> ip (tangent_projection X B) H = ip B H.
Proof.
move=> tH; rewrite /tangent_projection ipDl ipNl ip_normal ?subr0 //.
by rewrite linearZ linearD /= trmxK addrC.
Qed.

Theorem tangent_projection_unique B G : tangent G -> (forall H, tangent H -> ip G H = ip B H) ->
  G = tangent_projection X B.
Proof.
move=> tG h; have tP := tangent_projection_tangent B.
have tD : tangent (G - tangent_projection X B).
  rewrite /tangent_vector [(G - _)^T]linearB /= mulmxBr mulmxBl addrACA -opprD.
  by rewrite tG tP subrr.
apply/eqP; rewrite -subr_eq0; apply/eqP/grad_unique => K.
suff e : fro2 (G - tangent_projection X B) = 0.
  have := fro2_nrm (G - tangent_projection X B); rewrite e nrm2E => /esym/eqP; rewrite dot_eq0.
  move=> /eqP/(congr1 trmx); rewrite trmxK trmx0 => /(congr1 vec_mx).
  by rewrite mxvecK linear0 => ->.
by rewrite -ip_fro ipDl ipNl h // tangent_projection_repr // subrr.
Qed.
End Tangent.

(* on tangent vectors the derivative of the loss is the inner product with the projected gradient *)
Theorem deriv_tangent (R : realFieldType) (m n r : nat) (Ms : 'I_n -> 'M[R]_m) (y : 'I_n -> R)
  (X H : 'M[R]_(m, r)) (Th : 'M[R]_r) :
  (forall i, (Ms i)^T = Ms i) -> Th^T = Th -> X^T *m X = 1%:M -> tangent_vector X H ->
  tangent_vector X (tangent_projection X (lgradX Ms y X Th)) /\
  exists p : {poly R}, (forall t, p.[t] = loss Ms y (X + t *: H) Th) /\
    p^`().[0] = ip (tangent_projection X (lgradX Ms y X Th)) H.
Proof.
move=> Mss Ths XX tH; split; first exact: tangent_projection_tangent.
have [p [hp dp]] := deriv_X y Mss X H Ths.
by exists p; split=> //; rewrite dp tangent_projection_repr.
Qed.

(* ---------- the same objects as in Definitions.v, for y = M(A) ---------- *)
Section Link.
Variables (R : realFieldType) (m n r k : nat) (Ms : 'I_n -> 'M[R]_m).
Variables (U : 'M[R]_(m, k)) (sig : 'rV[R]_k).
Notation y := (fun i => ip (Ms i) (target U sig)).

Lemma Wres_normal (X : 'M[R]_(m, r)) Th : Wres Ms y X Th = normal_operator Ms (residual U sig X Th).
Proof. by apply: eq_bigr => i _; rewrite /residual ipDr (ipC (Ms i) (- _)) ipNl (ipC _ (Ms i)). Qed.

Lemma loss_measured (X : 'M[R]_(m, r)) Th :
  loss Ms y X Th = 4%:R^-1 * measured2 Ms (residual U sig X Th).
Proof.
congr (_ * _); apply: eq_bigr => i _.
by rewrite /residual ipDr (ipC (Ms i) (- _)) ipNl (ipC _ (Ms i)).
Qed.

Theorem gradient_loss (X : 'M[R]_(m, r)) Th : gradient U sig (normal_operator Ms) X Th = lgradX Ms y X Th.
Proof. by rewrite /gradient /lgradX Wres_normal. Qed.

Theorem magnitude_step_loss (X : 'M[R]_(m, r)) Th :
  magnitude_step U sig (normal_operator Ms) X Th = Th - 2%:R *: lgradTh Ms y X Th.
Proof. by rewrite /magnitude_step /lgradTh Wres_normal scalerA mulfV ?pnatr_eq0 // scale1r. Qed.
End Link.
