import Foundation
import Stage
import Storage

/// Output biases by which a model's mean class probabilities become given ones (paper, section 4: a student that never
/// saw a 3 is mostly wrong about 3s because the bias of that class is much too low).
///
/// The shifts b of the logits z that minimise mean_i T log Σ_c exp((z_ic + b_c) / T) - Σ_c m_c b_c, which is convex:
/// its derivative by b_c is the mean probability of class c minus the wanted m_c. By Newton's method, whose equations
/// are solved by conjugate gradients, so that no [classes, classes] matrix is needed.
struct BiasCorrection {
  /// Largest difference of a mean probability from the wanted one.
  private static let tolerance = 1e-8
  private static let mostSteps = 200
  /// By which a step moves a logit at most, in units of the temperature: beyond it the curvature says nothing.
  private static let longestMove = 4.0

  private let examples: CalibrationExamples
  private let temperature: Double
  /// [classes]
  private let wanted: [Double]
  /// Classes of which the bias may move, ascending.
  private let free: [Int]
  private let threads: Int
  /// [classes], what has been found so far.
  private(set) var shifts: [Double]
  /// [classes], with those shifts.
  private(set) var means: [Double] = []
  private var objective = 0.0

  /// - Parameters:
  ///   - examples: what the model says.
  ///   - temperature: at which the mean probabilities are taken, > 0.
  ///   - wanted: [classes], those mean probabilities, above 0.
  ///   - free: classes of which the bias may move.
  ///   - threads: of which the result does not depend.
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

  /// Largest difference of a mean probability from the wanted one.
  var distance: Double { free.map { abs(means[$0] - wanted[$0]) }.max() ?? 0 }

  /// Finds the shifts.
  ///
  /// - Returns: whether they were found.
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

  /// Moves along a direction, as far as it pays (Armijo's rule).
  private mutating func search(along direction: [Double], slope: Double) throws -> Bool {
    var length = 1.0
    for _ in 0..<40 {
      var candidate = shifts
      for (place, label) in free.enumerated() { candidate[label] += length * direction[place] }
      let (value, found) = try evaluate(candidate)
      // Near the end rounding hides what the objective gains, and the distance still tells.
      let isNearer = free.allSatisfy { abs(found[$0] - wanted[$0]) < distance }
      if value <= objective + 1e-4 * length * slope || isNearer {
        (shifts, objective, means) = (candidate, value, found)
        return true
      }
      length /= 2
    }
    return false
  }

  /// H d = -g by conjugate gradients.
  private func newtonDirection(_ gradient: [Double]) throws -> [Double] {
    var direction = [Double](repeating: 0, count: free.count)
    var residual = gradient.map { -$0 }
    var search = residual
    var squared = residual.reduce(0) { $0 + $1 * $1 }
    let enough = squared * 1e-10
    for _ in 0..<min(2 * free.count, 100) where squared > enough {
      let product = try curvature(along: search)
      let bend = zip(search, product).reduce(0) { $0 + $1.0 * $1.1 }
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
    // Where the curvature vanishes the gradient alone says where to go.
    return direction.allSatisfy { $0 == 0 } ? gradient.map { -$0 } : direction
  }

  /// The objective and the mean probabilities at some shifts.
  private func evaluate(_ shifts: [Double]) throws -> (objective: Double, means: [Double]) {
    let classes = examples.classes
    let sums = try examples.sum(threads: threads, width: classes + 1) { rows, sums in
      var probabilities = [Double](repeating: 0, count: classes)
      for row in rows {
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

  /// (1 / T) mean_i (p_i ∘ v - p_i (p_i · v)), of the free classes.
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

  /// The softmax of a row with shifts.
  ///
  /// - Returns: the logarithm of its sum.
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
