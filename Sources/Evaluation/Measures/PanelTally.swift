import Datasets
import Networks
import Synchronization

/// Counts what a panel's generalist and specialists say alone while the panel itself is evaluated, so that each net sees
/// an image at most once.
///
/// All counts are whole numbers: their sums are the same in whichever order threads add them.
package final class PanelTally: Sendable {
  /// Images of a specialist's special classes, when only these may be named.
  struct Conditional: Sendable {
    var examples = 0
    var generalistErrors = 0
    var errors = 0
  }

  /// What the shards so far gave.
  struct Counts: Sendable {
    /// Of the generalist alone, by true class.
    var generalistErrorsPerClass: [Int]
    /// Images for which at least one specialist was consulted.
    var consulted = 0
    /// One for each specialist, in their order.
    var conditional: [Conditional]
  }

  let panel: SpecialistPanel
  private let state: Mutex<Counts>

  /// Nothing counted yet.
  package init(_ panel: SpecialistPanel) {
    self.panel = panel
    let none = [Int](repeating: 0, count: panel.outputs)
    state = Mutex(
      Counts(
        generalistErrorsPerClass: none,
        conditional: [Conditional](repeating: Conditional(), count: panel.specialists.count)))
  }

  var counts: Counts { state.withLock { $0 } }

  /// The panel's logits of a shard, which is counted; from any thread.
  ///
  /// - Parameter shard: of labelled images; its labels are those of the panel.
  /// - Returns: [examples, classes].
  /// - Throws: `InputError.notFinite` for a model whose logits overflow.
  package func logits(of shard: ImageShard) throws -> [Float] {
    let labels = (shard.labels ?? []).map { Int($0) }
    // Of each specialist the images of its special classes, whether or not the generalist would consult it.
    let own = panel.specialists.map { member in
      let special = Set(member.labelMap.special ?? [])
      return labels.indices.filter { special.contains(labels[$0]) }
    }
    let answers = try panel.answers(shard.features, beside: own)
    let parts = panel.specialists.indices.map { conditional($0, own[$0], labels, answers) }
    // Outside the lock, as the nets are asked outside of it.
    let wrong = labels.indices.filter { Evaluation.prediction(answers.general(of: $0)) != labels[$0] }
    state.withLock { counts in
      for row in wrong { counts.generalistErrorsPerClass[labels[row]] += 1 }
      counts.consulted += answers.consulted.count { !$0.isEmpty }
      for (number, part) in parts.enumerated() {
        counts.conditional[number].examples += part.examples
        counts.conditional[number].generalistErrors += part.generalistErrors
        counts.conditional[number].errors += part.errors
      }
    }
    return answers.joint
  }

  private func conditional(
    _ number: Int, _ rows: [Int], _ labels: [Int], _ answers: SpecialistPanel.Answers
  ) -> Conditional {
    let member = panel.specialists[number]
    let special = member.labelMap.special ?? []
    let outputs = member.labelMap.specialOutputs
    var counts = Conditional(examples: rows.count)
    for row in rows {
      // Only the special classes may be named: the dustbin class, and the generalist's other classes, do not count.
      let label = special.firstIndex(of: labels[row])
      let general = answers.general(of: row)
      if Evaluation.prediction(special.map { general[general.startIndex + $0] }[...]) != label {
        counts.generalistErrors += 1
      }
      let logits = answers.logits(of: number, row: row)
      if Evaluation.prediction(outputs.map { logits[logits.startIndex + $0] }[...]) != label {
        counts.errors += 1
      }
    }
    return counts
  }
}
