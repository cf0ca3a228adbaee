import Storage

/// Computes the identities of outputs: a hash of everything that determines a file's content. The part that all files
/// of a directory share is hashed once.
package struct IdentityMaker {
  private var common = DigestBuilder()

  /// Hashes the part that all files of a directory share.
  ///
  /// - Parameters:
  ///   - kind: kind of the directory.
  ///   - role: role of a model; nil for other kinds.
  ///   - arithmeticVersion: version of the stage's arithmetic.
  ///   - parameters: parameters that affect every file.
  package init(
    _ kind: DirectoryKind, role: ModelRole? = nil, arithmeticVersion: Int, parameters: [String: JSONValue]
  ) {
    // A prefix separates the hash domains: no digest made for another purpose can equal an identity.
    common.add(text: "dark knowledge \(Manifest.currentFormatVersion)")
    common.add(text: kind.rawValue)
    common.add(text: role?.rawValue ?? "")
    common.add(text: String(arithmeticVersion))
    common.add(text: JSONValue.object(parameters).description)
  }

  /// The identity of the file at `path`, made from `inputs`, whose order matters.
  package func output(_ path: String, inputs: [Digest]) -> Plan.Output {
    var builder = common
    builder.add(text: path)
    // The inputs come last and have a fixed length each, so their number need not be hashed.
    for input in inputs { builder.add(input) }
    return Plan.Output(path: path, identity: builder.digest)
  }
}
