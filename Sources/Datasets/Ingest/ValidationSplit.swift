import CounterRandom

/// Which images are held out: seeded, each class by its share, the same for every set made of one source.
package enum ValidationSplit {
  /// Draws the images that are held out.
  ///
  /// - Parameters:
  ///   - labels: [images], each below `classes`.
  ///   - classes: that share the count between them, each by its images.
  ///   - count: how many images to hold out, fewer than there are.
  ///   - seed: which of each class.
  /// - Returns: [images], true where an image is held out.
  package static func heldOut(labels: [UInt32], classes: Int, count: Int, seed: UInt64) -> [Bool] {
    guard count > 0 else { return [Bool](repeating: false, count: labels.count) }
    var members = [[Int]](repeating: [], count: classes)
    for (index, label) in labels.enumerated() { members[Int(label)].append(index) }
    let exact = members.map { Double($0.count) * Double(count) / Double(labels.count) }
    var shares = exact.map { Int($0) }
    // What rounding down left over goes to the largest remainders.
    let byRemainder = (0..<classes).sorted {
      let (first, second) = (exact[$0] - exact[$0].rounded(.down), exact[$1] - exact[$1].rounded(.down))
      return first == second ? $0 < $1 : first > second
    }
    // Each class has lost less than one image, so there are classes enough for what is left.
    for label in byRemainder.prefix(count - shares.reduce(0, +)) { shares[label] += 1 }
    let random = CounterRandom(seed: seed, purpose: .validationSplit)
    var heldOut = [Bool](repeating: false, count: labels.count)
    for label in 0..<classes {
      // A counter for each class: the order in which its images are drawn does not depend on the others.
      let order = random.permutation(members[label].count, UInt32(label))
      for position in order.prefix(shares[label]) { heldOut[members[label][Int(position)]] = true }
    }
    return heldOut
  }
}
