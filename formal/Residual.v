(* ||X Theta X^T - A||_F^2 <= 2 (1 - l) ||A||_F^2 at Theta = X^T A X, when lambda_min(S) >= l: it is tr Sigma^2 -
   tr(Sigma S Sigma S) = 2 tr(Sigma^2 D) - tr(Sigma D Sigma D) with D = 1 - S. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Alignment FrobeniusNorm.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Residual.
Variables (R : realFieldType) (m r k : nat).
Variables (U : 'M[R]_(m, k)) (sig : 'rV[R]_k).
Hypothesis UU : U^T *m U = 1%:M.
Notation Sg := (diag_mx sig).
Notation A := (target U sig).

Lemma froA : fro2 A = \tr (Sg *m Sg).
Proof.
rewrite fro2E (target_sym U sig) /target -!mulmxA (mulmxA U^T U) UU mul1mx.
by rewrite mxtrace_mulC -!mulmxA UU mulmx1.
Qed.

Variables (X : 'M[R]_(m, r)) (l : R).
Hypothesis XX : X^T *m X = 1%:M.
Hypothesis Xl : lambda_min_ge U X l.
Notation S := (alignment U X).
Notation P := (X *m X^T).
Notation Z := (X *m exact_magnitude U sig X *m X^T - A).

Lemma PP : P *m P = P.
Proof. by rewrite mulmxA -(mulmxA X) XX mulmx1. Qed.
Lemma Psym : P^T = P. Proof. by rewrite trmx_mul trmxK. Qed.

Lemma SP : S = U^T *m (P *m U).
Proof. by rewrite /alignment trmx_mul trmxK !mulmxA. Qed.

Lemma ZE : Z = P *m A *m P - A.
Proof. by rewrite /exact_magnitude !mulmxA. Qed.

Lemma trAPAP : \tr (A *m (P *m A *m P)) = \tr (Sg *m S *m Sg *m S).
Proof.
rewrite SP; move: P => Q; rewrite /target -!mulmxA mxtrace_mulC -!mulmxA.
by [].
Qed.

Lemma resE : fro2 Z = \tr (Sg *m Sg) - \tr (Sg *m S *m Sg *m S).
Proof.
have ZT : Z^T = Z.
  rewrite ZE linearB /= target_sym; congr (_ - _).
  move: Psym (target_sym U sig); move: P (A) => Q B hQ hB.
  by rewrite trmx_mul (trmx_mul Q B) hQ hB mulmxA.
rewrite fro2E ZT ZE mulmxBl !mulmxBr !linearB /= opprB.
have e1 : \tr (P *m A *m P *m (P *m A *m P)) = \tr (A *m (P *m A *m P)).
  move: PP; move: P => Q QQ.
  by rewrite mulmxA -(mulmxA (Q *m A) Q) !mulmxA -(mulmxA _ Q Q) QQ
     mxtrace_mulC !mulmxA QQ -!mulmxA mxtrace_mulC -!mulmxA.
have e2 : \tr (P *m A *m P *m A) = \tr (A *m (P *m A *m P)) by rewrite mxtrace_mulC.
have e3 : \tr (A *m A) = \tr (Sg *m Sg) by rewrite -froA fro2E target_sym.
by rewrite e1 e2 e3 trAPAP; ring.
Qed.

Lemma Sii i : l <= S i i.
Proof.
have := Xl (delta_mx i 0).
have -> : qf S (delta_mx i 0) = S i i.
  by rewrite /qf -mulmxA -colE trmx_delta -rowE !mxE.
have -> : nrm2 (delta_mx i 0 : 'cV[R]_k) = 1.
  by rewrite /nrm2 trmx_delta mul_delta_mx mxE !eqxx.
by rewrite mulr1.
Qed.

Theorem residual_bound : fro2 Z <= 2%:R * (1 - l) * fro2 A.
Proof.
rewrite froA resE.
pose D : 'M[R]_k := 1%:M - S.
pose E : 'M[R]_(m, k) := U - P *m U.
have DE : E^T *m E = D.
  have ET : E^T = U^T - U^T *m P.
    rewrite /E [LHS]linearB /=; congr (_ - _).
    by move: Psym; move: P => Q hQ; rewrite trmx_mul hQ.
  rewrite ET /E /D SP; move: PP; move: P => Q QQ.
  rewrite mulmxBl !mulmxBr UU -!mulmxA (mulmxA Q Q) QQ subrr subr0.
  by [].
have d0 : 0 <= \tr (Sg *m D *m Sg *m D).
  have -> : \tr (Sg *m D *m Sg *m D) = fro2 (E *m Sg *m E^T).
    rewrite fro2E !trmx_mul trmxK tr_diag_mx -DE -!mulmxA [in RHS]mxtrace_mulC.
    by rewrite -!mulmxA.
  exact: fro2_ge0.
have d1 : \tr (Sg *m (Sg *m D)) <= (1 - l) * \tr (Sg *m Sg).
  have gen (B : 'M[R]_k) i : (Sg *m (Sg *m B)) i i = sig 0 i ^+ 2 * B i i.
    by rewrite !mul_diag_mx !mxE mulrA expr2.
  have gen1 i : (Sg *m Sg) i i = sig 0 i ^+ 2.
    by rewrite mul_diag_mx !mxE eqxx mulr1n expr2.
  have Dii i : D i i <= 1 - l.
    have := Sii i; rewrite /D; move: (S) => S0 h.
    by rewrite !mxE eqxx mulr1n ler_sub.
  rewrite /mxtrace mulr_sumr; apply: ler_sum => i _.
  rewrite gen gen1 [leRHS]mulrC.
  by apply: ler_wpmul2l; [apply: sqr_ge0 | apply: Dii].
have SD : S = 1%:M - D by rewrite /D opprB addrC subrK.
have e : \tr (Sg *m S *m Sg *m S) = \tr (Sg *m Sg) - 2%:R * \tr (Sg *m (Sg *m D))
   + \tr (Sg *m D *m Sg *m D).
  rewrite SD; move: D {d0 d1 DE SD} => D.
  rewrite !mulmxBr !mulmx1 !mulmxBl !linearB /=.
  have -> : \tr (Sg *m D *m Sg) = \tr (Sg *m (Sg *m D)) by rewrite mxtrace_mulC.
  by rewrite mulmxA; ring.
rewrite e -subr_ge0.
rewrite -subr_ge0 in d1.
have := addr_ge0 d0 (mulr_ge0 (ler0n R 2) d1); congr (0 <= _); ring.
Qed.
End Residual.
