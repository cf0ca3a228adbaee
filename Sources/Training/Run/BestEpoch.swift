/// The epoch of a training with the fewest validation errors so far.
struct BestEpoch: Equatable {
  /// From 1 on, of equals the first; 0 before any.
  var epoch = 0
  /// Of the validation images.
  var errors = 0

  /// Takes another epoch for the best if it has fewer errors.
  ///
  /// - Returns: whether it did.
  mutating func improve(_ errors: Int, epoch: Int) -> Bool {
    guard self.epoch == 0 || errors < self.errors else { return false }
    self = BestEpoch(epoch: epoch, errors: errors)
    return true
  }
}
