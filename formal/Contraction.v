(* A symmetric S with l <= S <= 1 (as quadratic forms), 0 < l < 1: the facts that the spectral theorem would give
   at once.

   Proved without eigenvalues, from (S - l)(1 - S) >= 0, which holds because (1 - l) (S - l)(1 - S) is
   (S - l)(1 - S)(S - l) + (1 - S)(S - l)(1 - S). *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Contraction.
Variables (R : realFieldType) (n : nat).
Variables (S : 'M[R]_n) (l : R).
Hypothesis Ssym : S^T = S.
Hypothesis Slo : forall w : 'cV[R]_n, l * nrm2 w <= qf S w.
Hypothesis Shi : forall w : 'cV[R]_n, qf S w <= nrm2 w.
Hypothesis l0 : 0 < l.
Hypothesis l1 : l < 1.

Lemma SA u v : dot (S *m u) v = dot u (S *m v).
Proof. by rewrite dot_adj Ssym. Qed.

(* S is invertible *)
Lemma S_unit : S \in unitmx.
Proof.
rewrite -row_free_unit -kermx_eq0; apply/eqP/row_matrixP => i.
rewrite row0; apply/eqP.
set x := row i _.
have xS : x *m S = 0.
  by apply/sub_kermxP; rewrite row_sub.
have h := Slo x^T.
have : qf S x^T = 0 by rewrite qfE -[S]Ssym -trmx_mul xS trmx0 /dot mulmx0 mxE.
move=> e; move: h; rewrite e => h.
have h0 : nrm2 x^T <= 0.
  by move: h; rewrite pmulr_rle0.
have : dot x^T x^T == 0 by rewrite eq_le dot_ge0 andbT.
by rewrite dot_eq0 => /eqP/(congr1 trmx); rewrite trmxK trmx0 => ->.
Qed.

(* quadratic forms of a = S - l, b = 1 - S *)
Lemma QA (w : 'cV[R]_n) : 0 <= dot w (S *m w) - l * dot w w.
Proof. by rewrite subr_ge0 -qfE -nrm2E. Qed.
Lemma QB (w : 'cV[R]_n) : 0 <= dot w w - dot w (S *m w).
Proof. by rewrite subr_ge0 -qfE -nrm2E. Qed.

(* S^2 <= S *)
Lemma S2 (y : 'cV[R]_n) : dot (S *m y) (S *m y) <= dot y (S *m y).
Proof.
rewrite -subr_ge0.
have h1 := QB (S *m y).
have h2 : 0 <= dot (y - S *m y) (S *m (y - S *m y)).
  have h := QA (y - S *m y).
  have h3 := dot_ge0 (y - S *m y).
  have h4 : 0 <= l * dot (y - S *m y) (y - S *m y) by rewrite mulr_ge0 // ltW.
  by have := addr_ge0 h h4; rewrite subrK.
have := addr_ge0 h1 h2.
congr (0 <= _).
rewrite !(mulmxDr, mulmxN, dotlin, SA); ring.
Qed.

(* the two positive forms of which the certificate below is made, in the moments u^T S^j u *)
Lemma form (u z : 'cV[R]_n) : dot (S *m u - l *: u) (S *m z - l *: z)
  = dot u (S *m (S *m z)) - 2%:R * l * dot u (S *m z) + l ^+ 2 * dot u z.
Proof. by rewrite !(mulmxDr, mulmxN, mulmxZr, dotlin, SA); ring. Qed.
Lemma Sa (z : 'cV[R]_n) : S *m (S *m z - l *: z) = S *m (S *m z) - l *: (S *m z).
Proof. by rewrite mulmxBr mulmxZr. Qed.
Lemma positive_a (u : 'cV[R]_n) : 0 <=
    (dot u (S *m (S *m u)) - 2%:R * l * dot u (S *m u) + l ^+ 2 * dot u u)
  - (dot u (S *m (S *m (S *m u))) - 2%:R * l * dot u (S *m (S *m u)) + l ^+ 2 * dot u (S *m u)).
Proof. by have := QB (S *m u - l *: u); rewrite Sa !form. Qed.
Lemma positive_b (u : 'cV[R]_n) : 0 <=
    (dot u (S *m u) - 2%:R * dot u (S *m (S *m u)) + dot u (S *m (S *m (S *m u))))
  - l * (dot u u - 2%:R * dot u (S *m u) + dot u (S *m (S *m u))).
Proof.
have := QA (u - S *m u); congr (0 <= _).
by rewrite !(mulmxDr, mulmxN, dotlin, SA); ring.
Qed.

(* step (i) of the population theorem, in v = S^(-1) w: |(S - l) w|^2 <= (1 - l) v^T S (S - l) v *)
Lemma slackv (v : 'cV[R]_n) (w := S *m v) (e := S *m w - l *: w) :
  dot e e <= (1 - l) * (dot w w - l * dot v w).
Proof.
have c0 : 0 < 1 - l by rewrite subr_gt0.
have ll : 0 <= 1 + l := addr_ge0 ler01 (ltW l0).
have [x xE] : exists x, x = S *m v - l *: v by exists (S *m v - l *: v).
have h1 := positive_a x; have h2 := positive_b x; have h3 := positive_a v; have h4 := positive_b v.
have m0 := form v v; have m1 := form v (S *m v); have m2 := form v (S *m (S *m v)).
have m3 := form v (S *m (S *m (S *m v))).
rewrite -!Sa -xE in m3; rewrite -!Sa -xE in m2; rewrite -!Sa -xE in m1; rewrite -xE in m0.
rewrite m0 m1 m2 m3 in h1; rewrite m0 m1 m2 m3 in h2.
have -> : dot e e = dot v (S *m (S *m (S *m (S *m v)))) - 2%:R * l * dot v (S *m (S *m (S *m v)))
    + l ^+ 2 * dot v (S *m (S *m v)) by rewrite /e /w form !SA.
have -> : dot w w = dot v (S *m (S *m v)) by rewrite /w SA.
rewrite -subr_ge0 -(pmulr_rge0 _ c0).
(* (1 - l) (right - left) = a^3 b + (1 + l) a^2 b + l a b, with a = S - l and b = 1 - S *)
have := addr_ge0 (addr_ge0 (addr_ge0 h1 h2) (mulr_ge0 (mulr_ge0 (ltW c0) ll) h3)) (mulr_ge0 (ltW l0) (addr_ge0 h3 h4)).
rewrite /w; move: (dot v v) (dot v (S *m v)) (dot v (S *m (S *m v))) (dot v (S *m (S *m (S *m v))))
  (dot v (S *m (S *m (S *m (S *m v))))) (dot v (S *m (S *m (S *m (S *m (S *m v)))))) => n0 n1 n2 n3 n4 n5.
by congr (0 <= _); ring.
Qed.

(* |(1 - S) g| <= (1 - l) |g| *)
Lemma D_hi g : nrm2 ((1%:M - S) *m g) <= (1 - l) ^+ 2 * nrm2 g.
Proof.
have c0 : 0 < 1 - l by rewrite subr_gt0.
have -> : (1%:M - S) *m g = g - S *m g by rewrite mulmxBl mul1mx.
(* (1-l)^2 - (1-S)^2 = (S-l)(2-l-S) = (S-l)(1-S) + (1-l)(S-l) *)
have h1 := QA (g - S *m g).
have h2 := QB (S *m g - l *: g).
have h3 := QA g.
rewrite -subr_ge0 -(pmulr_rge0 _ c0).
have h4 := addr_ge0 (addr_ge0 h1 h2) (mulr_ge0 (mulr_ge0 (ltW c0) (ltW c0)) h3).
move: h4; congr (0 <= _).
rewrite !nrm2E !(mulmxDr, mulmxN, mulmxZr, dotlin, SA); ring.
Qed.

End Contraction.
