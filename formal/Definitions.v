(* Every definition that occurs in the statements of Theorems.v, on one page, in the symbols of the book.

   R is any real field (an ordered field; F, with square roots, where a norm itself is written), so the statements
   hold for the real numbers and need no axiom about them. 'M[R]_(m, n) are the m x n matrices, 'cV[R]_n the
   columns, *m the product, ^T the transpose, *: the product with a scalar, 1%:M the identity, 2%:R the number 2. *)
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Norms.
Variable R : realFieldType.
(* |v|^2 and the quadratic form v^T M v; <Y, Z> and ||Z||_F^2 *)
Definition nrm2 n (v : 'cV[R]_n) : R := (v^T *m v) 0 0.
Definition qf n (M : 'M[R]_n) (v : 'cV[R]_n) : R := (v^T *m M *m v) 0 0.
Definition ip m n (Y Z : 'M[R]_(m, n)) : R := \tr (Y *m Z^T).
Definition fro2 m n (Z : 'M[R]_(m, n)) : R := \sum_i \sum_j Z i j ^+ 2.
End Norms.

Section Manifold.
Variables (R : realFieldType) (m r : nat) (X : 'M[R]_(m, r)).
(* X in St(m, r); H is tangent to it at X; the projection G - X sym(X^T G) on the tangent space *)
Definition Stiefel : Prop := X^T *m X = 1%:M.
Definition tangent_vector (H : 'M[R]_(m, r)) : Prop := X^T *m H + H^T *m X = 0.
Definition tangent_projection (G : 'M[R]_(m, r)) : 'M[R]_(m, r) := G - X *m (2%:R^-1 *: (X^T *m G + (X^T *m G)^T)).
End Manifold.

Section Problem.
Variables (R : realFieldType) (m r k : nat) (U : 'M[R]_(m, k)) (sig : 'rV[R]_k).
(* A = U Sigma U^T, of rank k = r_A, with the positive numbers sig on the diagonal of Sigma *)
Definition target : 'M[R]_m := U *m diag_mx sig *m U^T.
(* S = Phi Phi^T with Phi = U^T X: the alignment *)
Definition alignment (X : 'M[R]_(m, r)) : 'M[R]_k := (U^T *m X) *m (U^T *m X)^T.
(* lambda_min(S) >= l, without eigenvalues: l |w|^2 <= w^T S w for all w *)
Definition lambda_min_ge (X : 'M[R]_(m, r)) (l : R) : Prop :=
  forall w : 'cV[R]_k, l * nrm2 w <= qf (alignment X) w.
(* Theta = X^T A X, the best magnitude for the direction X *)
Definition exact_magnitude (X : 'M[R]_(m, r)) : 'M[R]_r := X^T *m target *m X.
(* X Theta X^T - A *)
Definition residual (X : 'M[R]_(m, r)) (Th : 'M[R]_r) : 'M[R]_m := X *m Th *m X^T - target.
(* ||X Theta X^T - A||_F^2 / 4 at Theta = X^T A X: the loss of infinitely many samples *)
Definition population_loss (X : 'M[R]_(m, r)) : R := 4%:R^-1 * fro2 (residual X (exact_magnitude X)).
End Problem.

Section Measurements.
Variables (R : realFieldType) (m n : nat) (Ms : 'I_n -> 'M[R]_m).
(* measurement i of Z is <M_i, Z>; |M(Z)|^2 and T(Z) = M*M(Z) *)
Definition measured2 (Z : 'M[R]_m) : R := \sum_i ip (Ms i) Z ^+ 2.
Definition normal_operator (Z : 'M[R]_m) : 'M[R]_m := \sum_i ip (Ms i) Z *: Ms i.
(* f(X, Theta) = |M(X Theta X^T) - y|^2 / 4 *)
Definition loss r (y : 'I_n -> R) (X : 'M[R]_(m, r)) (Th : 'M[R]_r) : R :=
  4%:R^-1 * \sum_i (ip (Ms i) (X *m Th *m X^T) - y i) ^+ 2.
(* infinitely many samples: M*M = I *)
Definition population (Z : 'M[R]_m) : 'M[R]_m := Z.
(* restricted isometry of order q: | |M(Z)|^2 - ||Z||_F^2 | <= delta ||Z||_F^2 for symmetric Z of rank at most q *)
Definition RIP (q : nat) (delta : R) : Prop := forall Z : 'M[R]_m,
  Z^T = Z -> (\rank Z <= q)%N -> `| measured2 Z - fro2 Z | <= delta * fro2 Z.
End Measurements.

Section Algorithm.
Variables (R : realFieldType) (m r k : nat) (U : 'M[R]_(m, k)) (sig : 'rV[R]_k).
Variables (T : 'M[R]_m -> 'M[R]_m) (eta : R).
(* the gradient of the loss in X at exact data y = M(A): T(X Theta X^T - A) X Theta *)
Definition gradient (X : 'M[R]_(m, r)) (Th : 'M[R]_r) : 'M[R]_(m, r) := T (residual U sig X Th) *m X *m Th.
(* G, its tangent part: the Riemannian gradient *)
Definition rgradient (X : 'M[R]_(m, r)) (Th : 'M[R]_r) : 'M[R]_(m, r) := tangent_projection X (gradient X Th).
(* Y in St(m, r) spans what X - eta G spans: any retraction of this kind (polar, QR) *)
Definition orthonormal_step (X : 'M[R]_(m, r)) (Th : 'M[R]_r) (Y : 'M[R]_(m, r)) : Prop :=
  Stiefel Y /\ exists H : 'M[R]_r, Y = (X - eta *: rgradient X Th) *m H.
(* Y is the polar factor of X - eta G: there H = (I + eta^2 G^T G)^(-1/2), symmetric and positive semidefinite *)
Definition polar_step (X : 'M[R]_(m, r)) (Th : 'M[R]_r) (Y : 'M[R]_(m, r)) : Prop :=
  Stiefel Y /\ exists H : 'M[R]_r,
  [/\ H^T = H, (forall v, 0 <= qf H v) & Y = (X - eta *: rgradient X Th) *m H].
(* the magnitude step with mu = 2: the gradient in Theta is X^T T(X Theta X^T - A) X / 2 *)
Definition magnitude_step (Y : 'M[R]_(m, r)) (Th : 'M[R]_r) : 'M[R]_r :=
  Th - Y^T *m T (residual U sig Y Th) *m Y.
(* (R1), (R2): what is used of the measurements, for Z = X B X^T - A and E(Z) = T(Z) - Z *)
Definition two_consequences (delta : R) : Prop := forall (X : 'M[R]_(m, r)) (B : 'M[R]_r),
  Stiefel X -> B^T = B ->
  let Z := residual U sig X B in let E := T Z - Z in
  [/\ E^T = E, (forall v, nrm2 (E *m v) <= delta ^+ 2 * fro2 Z * nrm2 v) &
      fro2 (X^T *m E *m X) <= delta ^+ 2 * fro2 Z].
End Algorithm.

Section Recursions.
Variables (R : realFieldType) (sk s1 eta : R).
(* what 1/lambda loses in a step, at least: population, with step sizes up to 1/s1^2 *)
Definition population_gain (l : R) : R :=
  2%:R * eta * sk ^+ 2 * (1 - l) * (1 - eta * s1 ^+ 2 * (1 + l) / 2%:R) / (1 + eta * s1 ^+ 2 * (1 - l)) ^+ 2.
(* ... with one factor on the manifold and the other free *)
Definition one_sided_gain (l : R) : R := l^-1 * population_gain l.
(* ... and with measurements *)
Definition finite_sample_gain (l : R) : R := 3%:R^-1 * eta * sk ^+ 2 * (1 - l).
(* l_t: the explicit lower bound of lambda_min(S_t), 1/l_(t+1) = 1/l_t - gain(l_t) *)
Fixpoint lower_bound (gain : R -> R) (l0 : R) (t : nat) : R :=
  if t is t'.+1 then ((lower_bound gain l0 t')^-1 - gain (lower_bound gain l0 t'))^-1 else l0.
(* The sharp rate, for step sizes up to 2/s1^2: the effective step, the shrinkage rho(l), and the level l_+ with
   1/l_+ - 1 = (1 - rho(l))^2 (1/l - 1). *)
Definition effective_step : R := Num.min (eta * sk ^+ 2) (2%:R - eta * s1 ^+ 2).
Definition shrinkage (l : R) : R :=
  Num.min (l * (eta * sk ^+ 2) / (1 + l * (eta * sk ^+ 2) * (1 - l))) (2%:R - eta * s1 ^+ 2).
Definition sharp_level (l : R) : R := (1 + (1 - shrinkage l) ^+ 2 * (l^-1 - 1))^-1.
(* ... and with one factor on the manifold and the other free, where sk^2 stands for l sk^2 *)
Definition one_sided_shrinkage (l : R) : R :=
  Num.min (eta * sk ^+ 2 / (1 + eta * sk ^+ 2 * (1 - l))) (2%:R - eta * s1 ^+ 2).
Definition one_sided_level (l : R) : R := (1 + (1 - one_sided_shrinkage l) ^+ 2 * (l^-1 - 1))^-1.
End Recursions.

(* One factor on the Stiefel manifold, the other free: |X G^T - A|^2 / 2 for a rectangular A = U Sigma V^T. *)
Section OneSided.
Variables (R : realFieldType) (m n r k : nat) (U : 'M[R]_(m, k)) (V : 'M[R]_(n, k)) (sig : 'rV[R]_k) (eta : R).
Definition rectangular_target : 'M[R]_(m, n) := U *m diag_mx sig *m V^T.
(* the step of the free factor, of size 1 *)
Definition free_step (X : 'M[R]_(m, r)) (G : 'M[R]_(n, r)) : 'M[R]_(n, r) := G - (X *m G^T - rectangular_target)^T *m X.
(* the step of the factor on the manifold *)
Definition one_sided_step (X : 'M[R]_(m, r)) (G : 'M[R]_(n, r)) (Y : 'M[R]_(m, r)) : Prop :=
  Stiefel Y /\ exists H : 'M[R]_r,
  Y = (X - eta *: tangent_projection X ((X *m G^T - rectangular_target) *m G)) *m H.
End OneSided.

(* Gradient descent without normalization on |Y Y^T - A|^2 / 4. *)
Section GradientDescent.
Variables (R : realFieldType) (m r : nat) (A : 'M[R]_m) (eta : R).
(* 0 <= A <= s and w <= Y^T Y <= s, without eigenvalues *)
Definition psd_at_most (s : R) : Prop := A^T = A /\ forall v : 'cV[R]_m, 0 <= qf A v <= s * nrm2 v.
Definition gram_between (w s : R) (Y : 'M[R]_(m, r)) : Prop :=
  forall v : 'cV[R]_r, w * nrm2 v <= nrm2 (Y *m v) <= s * nrm2 v.
Definition gd_step (Y : 'M[R]_(m, r)) : 'M[R]_(m, r) := Y - eta *: ((Y *m Y^T - A) *m Y).
(* what is left of the smallest eigenvalue w of Y^T Y after a step, at least *)
Definition crawl (w : R) : R := w * (1 - eta * w) ^+ 2.
End GradientDescent.

(* Two factors, F G^T: the residual is whatever the measurements T make of F G^T - A. *)
Section TwoFactors.
Variables (R : realFieldType) (m n r : nat) (A : 'M[R]_(m, n)) (T : 'M[R]_(m, n) -> 'M[R]_(m, n)) (eta : R).
Definition measured_residual (F : 'M[R]_(m, r)) (G : 'M[R]_(n, r)) : 'M[R]_(m, n) := T (F *m G^T - A).
Definition left_step (F : 'M[R]_(m, r)) (G : 'M[R]_(n, r)) : 'M[R]_(m, r) := F - eta *: (measured_residual F G *m G).
Definition right_step (F : 'M[R]_(m, r)) (G : 'M[R]_(n, r)) : 'M[R]_(n, r) :=
  G - eta *: ((measured_residual F G)^T *m F).
Definition imbalance (F : 'M[R]_(m, r)) (G : 'M[R]_(n, r)) : 'M[R]_r := F^T *m F - G^T *m G.
(* F = P diag(s) Q^T becomes beta P, and G becomes what keeps the product *)
Definition modified_step d (beta : R) (F : 'M[R]_(m, r)) (G : 'M[R]_(n, r))
    (F' : 'M[R]_(m, d)) (G' : 'M[R]_(n, d)) : Prop :=
  exists (P : 'M[R]_(m, d)) (s : 'rV[R]_d) (Q : 'M[R]_(r, d)),
  [/\ Stiefel P, Stiefel Q, F = P *m diag_mx s *m Q^T, F' = beta *: P & G' = beta^-1 *: (G *m Q *m diag_mx s)].
End TwoFactors.
