(* Theorem F from measurement matrices to linear convergence: T = M*M with symmetric M_i, restricted isometry, and
   the start Theta_0 = X_0^T M*(y) X_0. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Contraction CoreInequality Alignment FrobeniusNorm Residual
  OperatorNorm PerturbedInequality ScalarInequality FiniteSampleStep FiniteSamples RestrictedIsometry.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* The algorithm with mu = 2, from X_0 and one magnitude step, under RIP of order r + k + 1. *)
Theorem end_to_end (F : rcfType) (m n r k : nat) (Ms : 'I_n -> 'M[F]_m)
  (U : 'M[F]_(m, k)) (sig : 'rV[F]_k) (sk s1 eta delta l0 : F)
  (X : nat -> 'M[F]_(m, r)) (Th : nat -> 'M[F]_r) :
  let A := target U sig in let T := normal_operator Ms in
  U^T *m U = 1%:M -> (0 < k)%N -> 0 < sk -> (forall i, sk <= sig 0 i <= s1) ->
  (forall i, (Ms i)^T = Ms i) -> 0 <= delta -> RIP Ms (r + k + 1) delta ->
  0 < eta -> eta * s1 ^+ 2 <= 2%:R^-1 ->
  0 < l0 -> l0 <= 15%:R / 16%:R -> delta * Num.sqrt (fro2 A) <= l0 * sk / 32%:R ->
  (X 0%N)^T *m X 0%N = 1%:M -> lambda_min_ge U (X 0%N) l0 -> Th 0%N = (X 0%N)^T *m T A *m X 0%N ->
  (forall t, polar_step U sig T eta (X t) (Th t) (X t.+1)) ->
  (forall t, Th t.+1 = magnitude_step U sig T (X t.+1) (Th t)) ->
  forall t, let lt := lower_bound (finite_sample_gain sk eta) l0 t in
  [/\ 0 < lt < 1, lambda_min_ge U (X t) lt,
      Num.sqrt (fro2 (exact_magnitude U sig (X t) - Th t))
        <= 4%:R * delta * Num.sqrt (fro2 A) * Num.sqrt (1 - lt),
      Num.sqrt (fro2 (X t *m Th t *m (X t)^T - A))
        <= 71%:R / 50%:R * Num.sqrt (fro2 A) * Num.sqrt (1 - lt) &
      fro2 (X t *m Th t *m (X t)^T - A) <= (71%:R / 50%:R) ^+ 2 * fro2 A
        * ((l0^-1 - 1) * (1 - 3%:R^-1 * eta * sk ^+ 2 * l0) ^+ t)].
Proof.
move=> A T UU k0 sk0 hs Mss d0 H e0 x12 l00 l15 dl X0 Xl0 Th0 Xs Ts t lt.
have TR : two_consequences r U sig T delta by apply: rip_two_consequences.
have l01 : l0 < 1.
  by apply: le_lt_trans l15 _; rewrite ltr_pdivr_mulr ?ltr0n // mul1r ltr_nat.
have ThE : Th 0%N = magnitude_step U sig T (X 0%N) 0.
  rewrite Th0 /magnitude_step /residual mulmx0 mul0mx !sub0r.
  have -> : T (- A) = - T A.
    by rewrite /T /normal_operator -sumrN; apply: eq_bigr => i _; rewrite ipC ipNl ipC scaleNr.
  by rewrite mulmxN mulNmx opprK.
have Xi0 : fro2 (Xi U sig (X 0%N) (Th 0%N)) <= 16%:R * delta ^+ 2 * fro2 A * (1 - l0).
  by rewrite ThE; apply: Xi_start.
have Th0s : (Th 0%N)^T = Th 0%N.
  by rewrite Th0 trmx_mul (trmx_mul (X 0%N)^T) trmxK TMs // mulmxA.
have [h1 h2 _ _] := trajectory_bounds UU k0 sk0 hs e0 x12 d0 TR l00 l01 dl X0 Xl0 Th0s Xi0 Xs Ts t.
have [h3 h4] := trajectory_norms UU k0 sk0 hs e0 x12 d0 TR l00 l01 dl X0 Xl0 Th0s Xi0 Xs Ts t.
have h5 := trajectory_linear UU k0 sk0 hs e0 x12 d0 TR l00 l01 dl X0 Xl0 Th0s Xi0 Xs Ts t.
by split.
Qed.
