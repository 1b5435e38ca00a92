(* Control: the core inequality of the population theorem with the gain one tenth larger, 2.2 in the place of 2, and the
   same proof script. It is false: for small eta the constant 2 is attained. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From WNSense Require Import Definitions InnerProduct Contraction CoreInequality.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section TooFast.
Variables (R : realFieldType) (n : nat).
Variables (S M : 'M[R]_n) (l s1 eta : R).
Hypothesis Ssym : S^T = S.
Hypothesis Slo : forall w : 'cV[R]_n, l * nrm2 w <= qf S w.
Hypothesis Shi : forall w : 'cV[R]_n, qf S w <= nrm2 w.
Hypothesis Msym : M^T = M.
Hypothesis Mhi : forall w : 'cV[R]_n, nrm2 (M *m w) <= s1 ^+ 2 * qf M w.
Hypothesis l0 : 0 < l.
Hypothesis l1 : l < 1.

Let L : 'M[R]_n := 1%:M + eta *: ((1%:M - S) *m M).
Let K : 'M[R]_n := M *m (1%:M - S) *m M.
Let p := l^-1.

Let Msa (x z : 'cV[R]_n) : dot (M *m x) z = dot x (M *m z).
Proof. by rewrite dot_adj Msym. Qed.
Let Ssa (x z : 'cV[R]_n) : dot (S *m x) z = dot x (S *m z).
Proof. by rewrite dot_adj Ssym. Qed.

Let qfK w := (CoreInequality.qfK S Msym w).

Theorem core_inequality_too_fast (w : 'cV[R]_n) :
  (* wrong: *) 22%:R / 10%:R (* instead of: 2%:R *) * eta * p * (1 - l) * (1 - eta * s1 ^+ 2 * (1 + l) / 2%:R) * qf M w
  <= p * nrm2 (L *m w) - eta ^+ 2 * qf K w - qf (invmx S) w.
Proof.
have ln0 : l != 0 by rewrite gt_eqF.
have c0 : 0 < 1 - l by rewrite subr_gt0.
have cn0 : 1 - l != 0 by rewrite gt_eqF.
have Su : S \in unitmx by apply: (S_unit Ssym Slo l0).
pose v := invmx S *m w.
have wE : w = S *m v by rewrite /v mulmxA mulmxV ?Su // mul1mx.
pose e := S *m w - l *: w.
pose g := M *m w.
have qM : qf M w = dot w g by rewrite qfE.
have qI : qf (invmx S) w = dot v w by rewrite qfE -/v dotC.
have LE : L *m w = w + eta *: (g - S *m g).
  by rewrite /L mulmxDl mul1mx -scalemxAl -mulmxA mulmxBl mul1mx.
have eg : dot e g = dot w (S *m g) - l * dot w g by rewrite /e !dotlin Ssa.
have H1 : 0 <= (1 - l) * (dot w w - l * dot v w) - dot e e.
  by rewrite subr_ge0; have := slackv Ssym Slo Shi l0 l1 v; rewrite -wE -/e.
have H2 : 0 <= dot (e - (eta * (1 - l)) *: g) (e - (eta * (1 - l)) *: g) by apply: dot_ge0.
have H3 : 0 <= dot g (S *m g) - l * dot g g by apply: (QA Slo).
have H4 : 0 <= s1 ^+ 2 * dot w g - dot g g.
  by rewrite subr_ge0; have := Mhi w; rewrite nrm2E qM.
have H5 := dot_ge0 (g - S *m g).
have LL : nrm2 (L *m w) = dot w w + 2%:R * eta * (dot w g - dot w (S *m g))
   + eta ^+ 2 * dot (g - S *m g) (g - S *m g).
  by rewrite nrm2E LE dot_add2 dotDr dotNr.
rewrite -subr_ge0 qM qI qfK -/g LL.
rewrite dot_sub2 eg in H2.
move: H1 H2 H3 H4 H5.
set ee := dot e e. set ww := dot w w. set vw := dot v w.
set gg := dot g g. set gSg := dot g (S *m g). set wg := dot w g.
set wSg := dot w (S *m g). set dd := dot (g - _) _ => H1 H2 H3 H4 H5.
have -> : p * (ww + 2%:R * eta * (wg - wSg) + eta ^+ 2 * dd)
   - eta ^+ 2 * (gg - gSg) - vw
   - (* wrong: *) 22%:R / 10%:R (* instead of: 2%:R *) * eta * p * (1 - l) * (1 - eta * s1 ^+ 2 * (1 + l) / 2%:R) * wg
  = p / (1 - l) * ((1 - l) * (ww - l * vw) - ee)
  + p / (1 - l) * (ee - 2%:R * (eta * (1 - l)) * (wSg - l * wg)
                   + (eta * (1 - l)) ^+ 2 * gg)
  + eta ^+ 2 * (gSg - l * gg)
  + eta ^+ 2 * p * (1 - l) * (1 + l) * (s1 ^+ 2 * wg - gg)
  + p * eta ^+ 2 * dd.
  by rewrite /p; field; rewrite ln0 cn0.
have p0 : 0 <= p by rewrite invr_ge0 ltW.
have pc0 : 0 <= p / (1 - l) by rewrite divr_ge0 // ltW.
have e2 : 0 <= eta ^+ 2 by apply: sqr_ge0.
have ll : 0 <= 1 + l := addr_ge0 ler01 (ltW l0).
apply: addr_ge0; [apply: addr_ge0; [apply: addr_ge0; [apply: addr_ge0|]|]|].
- exact: mulr_ge0.
- exact: mulr_ge0.
- exact: mulr_ge0.
- by rewrite mulr_ge0 // mulr_ge0 // mulr_ge0 ?(ltW c0) // mulr_ge0.
- by rewrite mulr_ge0 // mulr_ge0.
Qed.

End TooFast.
