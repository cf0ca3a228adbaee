import CounterRandom

/// The choice of held-out images: seeded and stratified by class, equal for all sets made from one source.
package enum ValidationSplit {
  /// Draws the held-out images.
  ///
  /// - Parameters:
  ///   - labels: [images], each below `classes`.
  ///   - classes: number of classes; each contributes in proportion to its images.
  ///   - count: number of images to hold out, fewer than there are.
  ///   - seed: of the choice within each class.
  /// - Returns: [images], true for a held-out image.
  package static func heldOut(labels: [UInt32], classes: Int, count: Int, seed: UInt64) -> [Bool] {
    guard count > 0 else { return [Bool](repeating: false, count: labels.count) }
    var members = [[Int]](repeating: [], count: classes)
    for (index, label) in labels.enumerated() { members[Int(label)].append(index) }
    let exact = members.map { Double($0.count) * Double(count) / Double(labels.count) }
    var shares = exact.map { Int($0) }
    // Rounding down leaves a few images over; they go to the classes with the largest remainders.
    let byRemainder = (0..<classes).sorted {
      let (first, second) = (exact[$0] - exact[$0].rounded(.down), exact[$1] - exact[$1].rounded(.down))
      return first == second ? $0 < $1 : first > second
    }
    // Each class has lost less than one image, so fewer images are left over than there are classes.
    for label in byRemainder.prefix(count - shares.reduce(0, +)) { shares[label] += 1 }
    let random = CounterRandom(seed: seed, purpose: .validationSplit)
    var heldOut = [Bool](repeating: false, count: labels.count)
    for label in 0..<classes {
      // A counter for each class: the draw within a class does not depend on the other classes.
      let order = random.permutation(members[label].count, UInt32(label))
      for position in order.prefix(shares[label]) { heldOut[members[label][Int(position)]] = true }
    }
    return heldOut
  }
}
