import Stage

/// What `--version` says.
package enum Version {
  package static let text = "Dark Knowledge 0.2, file formats version \(Manifest.currentFormatVersion)"
}
