import Foundation
import Stage
import Storage

/// Output biases that give a model wanted mean class probabilities (paper, section 3: a student whose transfer set
/// had no 3s is mostly wrong about 3s because the bias of that class is much too low).
///
/// The shifts b of the logits z minimise mean_i T log Σ_c exp((z_ic + b_c) / T) - Σ_c m_c b_c. This is convex, and its
/// derivative by b_c is the mean probability of class c minus the wanted m_c. Newton's method; its equations are solved
/// by conjugate gradients, so that no [classes, classes] matrix is needed.
struct BiasCorrection {
  /// Largest allowed difference between a mean probability and the wanted one.
  private static let tolerance = 1e-8
  private static let mostSteps = 200
  /// Largest move of a logit in a step, in units of the temperature: a move of 4 multiplies the odds by e⁴ = 55, and
  /// the quadratic model no longer holds.
  private static let longestMove = 4.0

  private let examples: CalibrationExamples
  private let temperature: Double
  /// [classes]: wanted mean probabilities.
  private let wanted: [Double]
  /// Classes whose bias may change, ascending.
  private let free: [Int]
  private let threads: Int
  /// [classes]: the shifts so far, 0 for classes that are not free.
  private(set) var shifts: [Double]
  /// [classes]: mean probabilities with those shifts.
  private(set) var means: [Double] = []
  private var objective = 0.0

  /// Starts from shifts of 0.
  ///
  /// - Parameters:
  ///   - examples: the model's logits.
  ///   - temperature: of the probabilities, > 0, no unit.
  ///   - wanted: [classes], wanted mean probabilities; those of free classes above 0 and below 1.
  ///   - free: classes whose bias may change.
  ///   - threads: number of threads; does not change the result.
  /// - Throws: `StageError.interrupted`.
  init(
    _ examples: CalibrationExamples, temperature: Double, wanted: [Double], free: [Int], threads: Int
  ) throws {
    self.examples = examples
    self.temperature = temperature
    self.wanted = wanted
    self.free = free
    self.threads = threads
    shifts = [Double](repeating: 0, count: examples.classes)
    (objective, means) = try evaluate(shifts)
  }

  /// Largest difference between a free class's mean probability and the wanted one.
  var distance: Double { free.map { abs(means[$0] - wanted[$0]) }.max() ?? 0 }

  /// Minimises the objective.
  ///
  /// - Returns: whether `distance` is within the tolerance.
  /// - Throws: `StageError.interrupted`.
  mutating func solve() throws -> Bool {
    for _ in 0..<Self.mostSteps where distance > Self.tolerance {
      let gradient = free.map { means[$0] - wanted[$0] }
      var direction = try newtonDirection(gradient)
      let longest = direction.map { abs($0) }.max() ?? 0
      if longest > Self.longestMove * temperature {
        direction = direction.map { $0 * Self.longestMove * temperature / longest }
      }
      let slope = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
      guard try search(along: direction, slope: slope) else { break }
    }
    return distance <= Self.tolerance
  }

  /// Moves along a direction by backtracking line search.
  ///
  /// - Returns: false if no step length helps.
  private mutating func search(along direction: [Double], slope: Double) throws -> Bool {
    var length = 1.0
    for _ in 0..<40 {
      var candidate = shifts
      for (place, label) in free.enumerated() { candidate[label] += length * direction[place] }
      // Armijo's rule: accept a gain of at least 1e-4 of what the slope promises, else halve the step.
      let (value, found) = try evaluate(candidate)
      // Near the minimum the gain is below the objective's rounding error, while the distance is still exact enough.
      let isNearer = free.allSatisfy { abs(found[$0] - wanted[$0]) < distance }
      if value <= objective + 1e-4 * length * slope || isNearer {
        (shifts, objective, means) = (candidate, value, found)
        return true
      }
      length /= 2
    }
    return false
  }

  /// Solves H d = -g by conjugate gradients, with products H v alone.
  ///
  /// - Parameter gradient: [free].
  /// - Returns: [free].
  /// - Throws: `StageError.interrupted`.
  private func newtonDirection(_ gradient: [Double]) throws -> [Double] {
    var direction = [Double](repeating: 0, count: free.count)
    var residual = gradient.map { -$0 }
    var search = residual
    var squared = residual.reduce(0) { $0 + $1 * $1 }
    // A residual of 1e-5 of the gradient will do: the next Newton step corrects the rest. If all classes are free, H is
    // singular along (1, ..., 1), as equal shifts change nothing; the gradient sums to 0 and so never leads there.
    let enough = squared * 1e-10
    for _ in 0..<min(2 * free.count, 100) where squared > enough {
      let product = try curvature(along: search)
      let bend = zip(search, product).reduce(0) { $0 + $1.0 * $1.1 }
      // Curvature 0 up to rounding: a step length would be meaningless.
      guard bend > 0 else { break }
      let length = squared / bend
      for place in direction.indices {
        direction[place] += length * search[place]
        residual[place] -= length * product[place]
      }
      let next = residual.reduce(0) { $0 + $1 * $1 }
      search = zip(residual, search).map { $0 + next / squared * $1 }
      squared = next
    }
    // If there was no curvature from the start, go down the gradient.
    return direction.allSatisfy { $0 == 0 } ? gradient.map { -$0 } : direction
  }

  /// The objective and the mean probabilities at some shifts.
  private func evaluate(_ shifts: [Double]) throws -> (objective: Double, means: [Double]) {
    let classes = examples.classes
    let sums = try examples.sum(threads: threads, width: classes + 1) { rows, sums in
      var probabilities = [Double](repeating: 0, count: classes)
      for row in rows {
        // [classes + 1]: sums of the probabilities, then of the log-sum-exp.
        sums[classes] += softmax(row, shifts, into: &probabilities)
        for label in 0..<classes { sums[label] += probabilities[label] }
      }
    }
    let count = Double(examples.count)
    return (
      sums[classes] * temperature / count - zip(shifts, wanted).reduce(0) { $0 + $1.0 * $1.1 },
      sums[..<classes].map { $0 / count }
    )
  }

  /// H v = (1/T) mean_i (p_i ∘ v - p_i (p_i · v)) over the free classes, [free].
  private func curvature(along vector: [Double]) throws -> [Double] {
    let (classes, free, shifts) = (examples.classes, free, shifts)
    let sums = try examples.sum(threads: threads, width: free.count) { rows, sums in
      var probabilities = [Double](repeating: 0, count: classes)
      for row in rows {
        _ = softmax(row, shifts, into: &probabilities)
        var inner = 0.0
        for (place, label) in free.enumerated() { inner += probabilities[label] * vector[place] }
        for (place, label) in free.enumerated() {
          sums[place] += probabilities[label] * (vector[place] - inner)
        }
      }
    }
    return sums.map { $0 / (Double(examples.count) * temperature) }
  }

  /// The softmax of a row of logits with shifts, at the temperature (paper, eq. 1).
  ///
  /// - Returns: log Σ_c exp((z_c + b_c) / T), in nats.
  private func softmax(_ row: Int, _ shifts: [Double], into probabilities: inout [Double]) -> Double {
    let start = row * shifts.count
    var largest = -Double.infinity
    for label in shifts.indices {
      probabilities[label] = (Double(examples.logits[start + label]) + shifts[label]) / temperature
      largest = max(largest, probabilities[label])
    }
    var sum = 0.0
    for label in shifts.indices {
      probabilities[label] = exp(probabilities[label] - largest)
      sum += probabilities[label]
    }
    for label in shifts.indices { probabilities[label] /= sum }
    return largest + log(sum)
  }
}
