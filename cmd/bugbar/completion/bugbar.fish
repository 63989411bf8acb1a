# fish completion of bugbar
function __bugbar_complete
  set -l words (commandline -opc) (commandline -ct)
  command $words[1] completion words -- $words[2..-1] 2>/dev/null
end
complete -c bugbar -a '(__bugbar_complete)'
