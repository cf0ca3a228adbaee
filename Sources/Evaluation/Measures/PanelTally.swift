import Datasets
import Networks
import Synchronization

/// Counts the errors of a panel's generalist and of each specialist alone while the panel is evaluated, so each net
/// computes an image at most once.
///
/// All counts are integers, so their sums do not depend on the order in which threads add them.
package final class PanelTally: Sendable {
  /// Counts over the images of a specialist's special classes, with predictions restricted to these classes.
  struct Conditional: Sendable {
    var examples = 0
    var generalistErrors = 0
    var errors = 0
  }

  /// Counts over the shards so far.
  struct Counts: Sendable {
    /// Errors of the generalist alone, by true class.
    var generalistErrorsPerClass: [Int]
    /// Images for which at least one specialist was consulted.
    var consulted = 0
    /// Counts for each specialist, in the panel's order.
    var conditional: [Conditional]
  }

  let panel: SpecialistPanel
  private let state: Mutex<Counts>

  /// A tally without counts.
  package init(_ panel: SpecialistPanel) {
    self.panel = panel
    let none = [Int](repeating: 0, count: panel.outputs)
    state = Mutex(
      Counts(
        generalistErrorsPerClass: none,
        conditional: [Conditional](repeating: Conditional(), count: panel.specialists.count)))
  }

  var counts: Counts { state.withLock { $0 } }

  /// Computes the panel's logits for a shard, and counts the errors. Callable from any thread.
  ///
  /// - Parameter shard: images with labels of the panel's classes.
  /// - Returns: [examples, classes].
  /// - Throws: `InputError.notFinite` for a model whose logits overflow.
  package func logits(of shard: ImageShard) throws -> [Float] {
    let labels = (shard.labels ?? []).map { Int($0) }
    // Each specialist computes all images of its special classes, even those for which the panel doesn't consult it.
    let own = panel.specialists.map { member in
      let special = Set(member.labelMap.special ?? [])
      return labels.indices.filter { special.contains(labels[$0]) }
    }
    let answers = try panel.answers(shard.features, beside: own)
    let parts = panel.specialists.indices.map { conditional($0, own[$0], labels, answers) }
    // Outside the lock, like the nets' computation: the lock covers only the additions.
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
      // Predictions are restricted to the special classes: the dustbin and the generalist's other classes are left
      // out.
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
