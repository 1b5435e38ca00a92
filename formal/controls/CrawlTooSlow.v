(* Control: the lower bound for gradient descent with the constant one tenth smaller, 27/8 in the place of 15/4, proved
   from the true one. It is false: for A = 0, Y_0 = 1 and eta = 1/3 the error after a step is (2/3)^2 = 1/(1 + 5/4). *)
From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions Theorems.
Set Implicit Arguments.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Theorem crawl_too_slow (F : rcfType) (m r : nat) (A : 'M[F]_m) (s1 eta w0 : F) (Y : nat -> 'M[F]_(m, r)) :
  psd_at_most A s1 -> 0 < s1 -> 0 < eta -> eta * s1 <= 3%:R^-1 ->
  0 < w0 -> w0 <= s1 -> gram_between w0 s1 (Y 0%N) -> (forall t, Y t.+1 = gd_step A eta (Y t)) ->
  forall t, Num.sqrt (r - \rank A)%:R / (w0^-1 + (* wrong: *) 27%:R / 8%:R (* instead of: 15%:R / 4%:R *) * eta * t%:R)
    <= Num.sqrt (fro2 (Y t *m (Y t)^T - A)).
Proof. by move=> h1 h2 h3 h4 h5 h6 h7 h8 t; case: (gd_lower_bound h1 h2 h3 h4 h5 h6 h7 h8 t). Qed.
