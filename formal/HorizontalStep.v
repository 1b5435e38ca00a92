(* One step along a horizontal direction, X^T V = 0: if V q = (I - X X^T) U M w for q = Phi^T S^(-1) w and the new
   point Y has orthonormal columns and spans what X + eta V spans, then Y satisfies the hypothesis of ReducedRate.v
   by Cauchy-Schwarz in that span, and lambda_min(S_+) follows. The population algorithm and the one-sided
   algorithm are both of this kind. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Contraction CoreInequality ReducedRate Alignment.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section HorizontalStep.
Variables (R : realFieldType) (m r k : nat) (U : 'M[R]_(m, k)) (M : 'M[R]_k) (s1 b eta l : R).
Variables (X V Y : 'M[R]_(m, r)).
Hypothesis UU : U^T *m U = 1%:M.
Hypothesis XX : X^T *m X = 1%:M.
Hypothesis l0 : 0 < l.
Hypothesis l1 : l < 1.
Hypothesis Xl : lambda_min_ge U X l.
Hypothesis Msym : M^T = M.
Hypothesis XV : X^T *m V = 0.
Hypothesis Vq : forall w, V *m qv U X w = (1%:M - X *m X^T) *m (U *m (M *m w)).
Hypothesis YY : Y^T *m Y = 1%:M.
Hypothesis XY : exists H : 'M[R]_r, Y = (X + eta *: V) *m H.

Notation S := (alignment U X).
Notation L := (1%:M + eta *: ((1%:M - S) *m M)).
Notation K := (M *m (1%:M - S) *m M).
Notation B := (X + eta *: V).

Lemma UVq w : U^T *m (V *m qv U X w) = (1%:M - S) *m (M *m w).
Proof.
rewrite Vq; move: (M *m w) => g.
rewrite !mulmxBl !mul1mx mulmxBr !mulmxA UU mul1mx; congr (_ - _).
by rewrite -{1}[U^T]mul1mx foldS mul1mx.
Qed.

Lemma nVq w : nrm2 (V *m qv U X w) = qf K w.
Proof. by rewrite Vq (qfK S Msym) nrm2E (QUE UU XX). Qed.

Lemma Bq w : B *m qv U X w = X *m qv U X w + eta *: (V *m qv U X w).
Proof. by rewrite mulmxDl -scalemxAl. Qed.

(* U^T (X + eta V) q = L w *)
Lemma UBq w : U^T *m (B *m qv U X w) = L *m w.
Proof.
rewrite Bq mulmxDr (UXq l0 Xl) mulmxZr UVq; move: (1%:M - S) => D.
by rewrite mulmxDl mul1mx -scalemxAl mulmxA.
Qed.

(* |(X + eta V) q|^2 = w^T (S^(-1) + eta^2 K) w *)
Lemma nBq w : nrm2 (B *m qv U X w) = qf (invmx S) w + eta ^+ 2 * qf K w.
Proof.
rewrite Bq nrm2E dot_add2 -(nq l0 Xl) -nVq !nrm2E.
rewrite [dot (X *m _) (X *m _)]dot_adj mulmxA XX mul1mx.
rewrite [dot (X *m _) (V *m _)]dot_adj (mulmxA X^T V) XV mul0mx.
by rewrite {2}/dot mulmx0 mxE mulr0 addr0.
Qed.

Lemma cauchy_schwarz_step (u w : 'cV[R]_k) :
  dot u (L *m w) ^+ 2 <= qf (alignment U Y) u * (qf (invmx S) w + eta ^+ 2 * qf K w).
Proof.
case: XY => T YE.
have Tu : T \in unitmx.
  have h : (Y^T *m B) *m T = 1%:M by rewrite -mulmxA -YE.
  by case/mulmx1_unit: h.
pose s := invmx T *m qv U X w.
have BE : B *m qv U X w = Y *m s by rewrite YE /s -mulmxA (mulmxA T) mulmxV // mul1mx.
rewrite -nBq -UBq BE.
have -> : dot u (U^T *m (Y *m s)) = dot (Y^T *m (U *m u)) s.
  by rewrite dot_adj trmxK dot_adj.
have -> : nrm2 (Y *m s) = dot s s by rewrite nrm2E dot_adj mulmxA YY mul1mx.
by rewrite qov; apply: CS.
Qed.

Hypothesis Mhi : forall w : 'cV[R]_k, nrm2 (M *m w) <= s1 ^+ 2 * qf M w.
Hypothesis Mlo : forall w : 'cV[R]_k, b * nrm2 w <= qf M w.
Hypothesis qMhi : forall w : 'cV[R]_k, qf M w <= s1 ^+ 2 * nrm2 w.
Hypothesis b0 : 0 < b.
Hypothesis bs1 : b <= s1 ^+ 2.
Hypothesis s10 : 0 < s1.
Hypothesis eta0 : 0 < eta.
Hypothesis x1 : eta * s1 ^+ 2 <= 1.

Theorem horizontal_step : let p := l^-1 * (1 - reduced_gain l s1 b eta) in
  1 < p /\ lambda_min_ge U Y p^-1.
Proof.
move=> p; have h1 : 1 < p by apply: level_gt1.
split=> // w; have p0 : 0 < p by apply: lt_trans h1.
rewrite -(ler_pmul2l p0) mulrA mulfV ?gt_eqF // mul1r.
apply: (@reduced_rate R k S M) => //.
- exact: ov_sym.
- by move=> v; apply: ov_hi.
- by move=> v; rewrite qov nrm2E dot_ge0.
- exact: cauchy_schwarz_step.
Qed.
End HorizontalStep.
