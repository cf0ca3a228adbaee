/// The epoch of a training with the fewest validation errors so far.
struct BestEpoch: Equatable {
  /// From 1; the first of several equal ones; 0 before any.
  var epoch = 0
  /// Validation errors of that epoch.
  var errors = 0

  /// Makes `epoch` the best one if it has fewer errors.
  ///
  /// - Returns: whether it is.
  mutating func improve(_ errors: Int, epoch: Int) -> Bool {
    guard self.epoch == 0 || errors < self.errors else { return false }
    self = BestEpoch(epoch: epoch, errors: errors)
    return true
  }
}
